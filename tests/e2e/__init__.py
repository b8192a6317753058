"""The whole road with its real parts: what a person types goes in; hosts, rows, exit statuses and screens come out."""
