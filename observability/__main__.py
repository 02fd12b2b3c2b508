"""`python -m observability`: writes what charts/progressive-platform ships."""

from observability.files import write

if __name__ == "__main__":
    write()
