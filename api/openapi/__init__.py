"""The OpenAPI document, and the pages that show it; made from the tables of the routes and the structs of the answers."""
