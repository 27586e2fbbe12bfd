"""Who still reads in the older back end's shape: a login of its own for one store, on customers_view."""
