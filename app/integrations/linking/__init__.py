"""Link Listings: our listings find their products in the store."""
