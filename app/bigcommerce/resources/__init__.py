"""The store's API by resource; every function takes the StoreClient first."""
