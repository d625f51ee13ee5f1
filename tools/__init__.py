"""What is used to build and test cloudaudit, and is no part of it."""
