"""Buyers who race for the last units of a stock that several stores share."""
