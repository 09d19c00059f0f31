"""Invented words the seeded catalogue and its shoppers are made of."""

BRANDS = (
    "Acme", "Northwind Gear", "Blå Fjord", "Copperline", "Dune & Daughters", "Élan Vital",
    "Fernweh", "Granite Peak", "Hollow Oak", "Ironwood", "Juniper Row", "Kestrel",
    "Lumen Works", "Mariposa", "Nimbus", "Oakhaven", "Pine & Prairie", "Quill", "Redwater",
    "山と川",
)  # fmt: skip

ADJECTIVES = (
    "Alpine", "Breezy", "Classic", "Cosy", "Drifter", "Everyday", "Featherlight", "Grand",
    "Heritage", "Insulated", "Jacquard", "Knitted", "Lightweight", "Midnight", "Nordic",
    "Organic", "Packable", "Quilted", "Rugged", "Summit", "Timberline", "Urban", "Vintage",
    "Woven", "Zephyr", "Café", "Señor", "Über", "Frühling", "Île",
)  # fmt: skip

# noun, category leaf, weight, kind: apparel has sizes and colours, gear colours, media is digital
NOUNS = (
    ("Tee", "T-Shirts", 0.4, "apparel"),
    ("Hoodie", "Hoodies", 1.3, "apparel"),
    ("Jacket", "Rain Jackets", 2.1, "apparel"),
    ("Trousers", "Hiking Trousers", 1.1, "apparel"),
    ("Boots", "Hiking Boots", 3.4, "apparel"),
    ("Backpack", "Daypacks", 2.6, "gear"),
    ("Tent", "Two-Person Tents", 6.9, "gear"),
    ("Sleeping Bag", "Down Bags", 3.2, "gear"),
    ("Lantern", "Lanterns", 0.9, "gear"),
    ("Stove", "Gas Stoves", 1.7, "gear"),
    ("Mug", "Mugs", 0.6, "gear"),
    ("Knife", "Folding Knives", 0.5, "gear"),
    ("Puzzle", "Educational", 1.2, "plain"),
    ("Board Game", "Board Games", 2.9, "plain"),
    ("Map", "Trail Maps", 0.1, "plain"),
    ("Rifle Case", "Gun Cases", 5.5, "plain"),
    ("Guidebook", "E-Books", 0.0, "media"),
    ("Soundscape", "Audio", 0.0, "media"),
)  # fmt: skip

# Paths of the tree, up to four levels.
CATEGORY_PATHS = (
    ("Clothing", "Tops", "Casual", "T-Shirts"),
    ("Clothing", "Tops", "Casual", "Hoodies"),
    ("Clothing", "Outerwear", "Waterproof", "Rain Jackets"),
    ("Clothing", "Bottoms", "Hiking Trousers"),
    ("Footwear", "Outdoor", "Hiking Boots"),
    ("Camping", "Packs", "Daypacks"),
    ("Camping", "Shelter", "Tents", "Two-Person Tents"),
    ("Camping", "Sleeping", "Sleeping Bags", "Down Bags"),
    ("Camping", "Lighting", "Lanterns"),
    ("Camping", "Kitchen", "Stoves", "Gas Stoves"),
    ("Home", "Kitchen", "Mugs"),
    ("Camping", "Tools", "Folding Knives"),
    ("Toys", "Educational"),
    ("Toys", "Board Games"),
    ("Books & Media", "Trail Maps"),
    ("Sporting Goods", "Hunting", "Gun Cases"),
    ("Books & Media", "E-Books"),
    ("Books & Media", "Audio"),
    ("Sale",),
    ("Café & Küche",),
)

COLOURS = ("Black", "Blue", "Crème", "Forest", "Grey", "Navy", "Olive", "Red", "Sand", "White")
SIZES = ("XS", "S", "M", "L", "XL", "2XL")

FIRST_NAMES = (
    "Ada", "Björn", "Chloé", "Diego", "Emma", "Farid", "Grace", "Hana", "Ivo", "José",
    "Kaya", "Liam", "Mia", "Nora", "Omar", "Priya", "Quentin", "Rosa", "Søren", "Tara",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Becker", "Castillo", "Dubois", "Eriksen", "Fischer", "García", "Hughes", "Ito",
    "Jensen", "Kowalski", "Lopez", "Müller", "Nguyen", "O'Neil", "Park", "Quinn", "Rossi",
    "Smith", "Tanaka",
)  # fmt: skip

# city, state, zip, country, iso2
PLACES = (
    ("Austin", "Texas", "78701", "United States", "US"),
    ("Portland", "Oregon", "97205", "United States", "US"),
    ("Brooklyn", "New York", "11201", "United States", "US"),
    ("San José", "California", "95113", "United States", "US"),
    ("Boise", "Idaho", "83702", "United States", "US"),
    ("Washington", "District of Columbia", "20001", "United States", "US"),
    ("Toronto", "Ontario", "M5V 2T6", "Canada", "CA"),
    ("Montréal", "Quebec", "H2Y 1C6", "Canada", "CA"),
    ("London", "Greater London", "SW1A 1AA", "United Kingdom", "GB"),
    ("München", "Bayern", "80331", "Germany", "DE"),
    ("Sydney", "New South Wales", "2000", "Australia", "AU"),
)

FFL_COMMENT = """Please leave at the side door.

FFL Dealer Information
License Number: 5-74-453-01-6K-12345
Dealer Name: Lone Star Transfer Depot
Address: 2200 Range Road, Austin, TX 78744
Phone: (512) 555-0188
Email: transfers@lonestar.example
Expiration Date: 2028-11-01
"""

FFL_BROKEN_COMMENT = "FFL: my usual dealer on Range Road, they have the paper on file, call me"
