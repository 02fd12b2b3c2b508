"""The self-contained executable where it has to run: in a look-alike of the controller's container, and on the bed."""
