"""The working pages: what the desk does on them is a command like any other, read, tried and recorded by the same code as the API's."""
