"""Import Listings: products of the store become listings, and products of ours."""
