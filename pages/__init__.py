"""What of the documentation is made from code: tables between two marks of a page. The product imports nothing of it."""
