"""The pages that a store owner sees inside BigCommerce's control panel."""
