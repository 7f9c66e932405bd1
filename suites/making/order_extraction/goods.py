"""What is ordered, by whom, in which packaging: invented firms and everyday goods, by language."""

from __future__ import annotations

GOODS: dict[str, tuple[str, ...]] = {
    "en": (
        "oak trays", "linen napkins white", "soup bowls 14 cm", "cutting boards", "aprons navy", "bar towels",
        "copper kettles", "pepper mills", "bread baskets", "cocktail shakers", "steak knives", "oven gloves",
        "desk organisers", "ring binders A4 red", "letter trays", "whiteboard pens black", "document wallets",
        "box files", "desk pads grey", "staplers", "paper shredders", "laptop stands", "webcams", "extension leads 3 m",
        "hand trucks", "safety goggles", "work gloves size 9", "hard hats yellow", "ear defenders", "cable ties 20 cm",
        "masking tape 48 mm", "paint rollers", "dust sheets", "step ladders", "spirit levels", "claw hammers",
        "garden gnomes", "terracotta pots 30 cm", "hanging baskets", "rose secateurs", "bird feeders", "tomato stakes",
        "picnic rugs", "camping chairs", "storm lanterns", "water canisters 10 l", "tent pegs", "hiking poles",
        "massage oils", "towel rails", "shower curtains", "bath mats blue", "soap dispensers", "hand dryers",
        "exercise balls 65 cm", "skipping ropes", "resistance bands", "kettlebells 12 kg", "ankle weights",
        "easels", "sketch pads A3", "acrylic brushes", "clay blocks 5 kg", "craft knives", "glue sticks",
        "dog leads", "cat trees", "litter trays", "horse blankets", "poultry drinkers", "hay nets",
        "bicycle pumps", "brake pads", "saddle bags", "child seats", "roof boxes", "snow chains",
        "velvet cushions green", "floor lamps", "curtain poles", "coat stands", "wall mirrors", "shoe racks",
        "name badges", "banner stands", "guest books", "table numbers", "fairy lights", "paper lanterns",
        "filter baskets", "milk jugs 1 l", "espresso cups", "cake stands", "sugar shakers", "menu holders",
        "stethoscopes", "wound pads", "finger splints", "urine cups", "thermometer sleeves", "exam couch rolls",
        "music folders", "mic stands", "drum sticks 5A", "guitar straps", "reed cases", "conductor batons",
    ),
    "de": (
        "Schreibtischlampen", "Rollcontainer", "Handtücher weiß", "Kaffeebecher", "Gartenscheren", "Wasserkocher",
        "Kleiderbügel", "Bauhelme gelb", "Pinsel Nr. 8", "Serviettenhalter", "Fußmatten grau", "Wanduhren",
        "Klappstühle", "Einmachgläser", "Blumenkästen", "Verlängerungskabel 5 m", "Trittleitern", "Tischdecken rot",
    ),
    "fr": (
        "lampes de bureau", "chaises pliantes", "tasses à café", "torchons bleus", "corbeilles à pain", "gants de jardin",
        "bougies blanches", "cadres photo", "paniers en osier", "carafes 1 l",
    ),
    "es": (
        "manteles blancos", "sillas plegables", "cubos de fregar", "delantales negros", "jarras de agua", "toallas grandes",
        "velas rojas", "cestas de mimbre", "tazas de café", "lámparas de mesa",
    ),
    "it": ("tazzine da caffè", "tovaglie bianche", "cuscini verdi", "sedie pieghevoli", "vasi di terracotta", "grembiuli neri"),
    "nl": ("theedoeken", "bureaulampen", "klapstoelen", "bloempotten 20 cm", "kapstokken", "dienbladen zwart"),
}  # fmt: skip
PACKED = ("nitrile gloves M", "paper straws", "printer paper A4", "dishwasher tablets", "coffee filters", "bin liners 60 l",
          "screws 4x40", "sticky notes", "tea lights", "surgical masks", "sanding discs", "envelopes C5")  # fmt: skip
"""Goods that come in boxes, packs or rolls."""
PACKAGING = ("boxes of", "packs of", "cartons of", "bags of", "cases of")
FIRMS: dict[str, tuple[str, ...]] = {
    "en": (
        "Ashgrove Hotel", "Bluebell Nursery", "Calder & Finch Ltd", "Dovecote Tearoom", "Eastgate Clinic",
        "Fernhill Primary School", "Gull Rock Sailing Club", "Hawthorn Press", "Ivybridge Catering", "Juno Film Studios",
        "Kingsley Dental Care", "Lowther Brewery", "Millpond Garden Centre", "Nettleton Parish Council", "Old Quay Bistro",
        "Pemberley Events", "Quarry Lane Gym", "Redfern Logistics", "Saltmarsh Pottery", "Thornbury Choir", "Upland Cycles",
        "Vale Veterinary Group", "Westerly Surf School", "Yewtree Care Home", "Zephyr Ballooning", "Anvil & Oak Ltd",
        "Brookside Bakery", "Copperfield Books", "Dray Horse Inn", "Elmwood Joinery", "Foxglove Florist",
        "Granite City Roofing", "Harrow Street Library", "Inkwell Stationers", "Jasmine Spa", "Kestrel Point Lodge",
        "Larchwood Academy", "Moorland Rescue Team", "North Pier Arcade", "Orchid House Hostel", "Paddock View Stables",
        "Quince Kitchen", "Rookery Theatre", "Stonecrop Landscapes", "Tidewater Marina", "Umber Paints Ltd",
        "Violet Lane Salon", "Windmill Community Hall", "Bracken Outdoor Ltd", "Cobalt Rowing Club", "Drumlin Farm Shop",
        "Ember Yoga Loft", "Fairlead Shipping", "Gannet Coffee Roasters", "Hollin Bank Museum", "Ironside Garage",
        "Juniper Hill Winery", "Knapweed Honey Co",
        "Lantern Lane Bar", "Magpie Antiques", "Nightjar Radio", "Otterburn Fisheries", "Plover Airfield Cafe",
        "Quayside Opticians", "Raven Crag Climbing", "Sandpiper Holidays", "Thistle & Twine", "Underbridge Studios",
        "Verdigris Metalworks", "Whinfell Dairy", "Yarrow Pharmacy", "Alder Brook Golf Club", "Beacon Hill Observatory",
        "Cinder Path Runners", "Dunlin Boatyard", "Eyebright Preschool", "Fallow Deer Inn", "Gorse Bank Farm",
        "Heron Mill Textiles", "Isle Ferry Company", "Jackdaw Comics", "Kelp & Co Seafood", "Linnet Music School",
        "Marram Beach Huts", "Newt Pond Rangers", "Osprey Couriers", "Pipistrelle Lighting", "Quill Road Surgery",
        "Rosebay Weddings", "Sorrel Soup Kitchen", "Teasel Wool Shop", "Upper Weir Angling", "Vetch Hill Scouts",
        "Woodlark Chapel", "Barrow Bridge Cinema", "Cygnet Swim School", "Damson Deli", "Elderflower Drinks Ltd",
        "Flint & Ember Grill", "Goosefoot Theatre", "Hazel Dell Campsite", "Iron Bridge Tours", "Jetty House B&B",
        "Kiln Yard Ceramics", "Loom Street Tailors", "Mallow Court Residents", "Nutmeg Cookery School", "Oxlip Primary",
        "Periwinkle Crafts", "Rowan Tree Vets", "Sable Brush Gallery", "Tansy Herb Gardens", "Willowherb Trust",
        "Avocet Bird Hide", "Bellrope Ringers", "Crannog Kayaks", "Dipper Stream Lodge", "Ember Lane Bakery",
        "Furrow & Field", "Gable End Hostel", "Hopyard Taproom", "Ivory Key Pianos", "Jessamine House",
        "Kittiwake Cruises", "Lychgate Florals", "Merle Street Deli", "Northgate Judo", "Oakum Rope Works",
        "Pigeon Loft Club", "Quarterdeck Bar", "Ribbon Street Dance", "Shingle Cove Inn", "Turnstone Travel",
    ),
    "de": (
        "Bäckerei Rohleder", "Gasthof Linde", "Praxis Dr. Ohm", "Kita Regenbogen", "Autohaus Weidner", "Hotel Seestern",
        "Tischlerei Braun", "Musikschule Nord", "Pension Tannengrund", "Weingut Kessler", "Gemeinde Auental", "Druckerei Holm",
    ),
    "fr": ("Boulangerie Petit", "Hôtel du Port", "Camping Les Pins", "Librairie Moreau", "Brasserie du Nord", "Mairie de Vallon",
           "Clinique Saint-Luc", "Auberge du Lac"),
    "es": ("Hostal Miramar", "Bar La Esquina", "Academia Sol", "Clínica Duero", "Librería Cervera", "Taller Ríos",
           "Hotel Almendro", "Granja Robles"),
    "it": ("Trattoria Bellavista", "Hotel Aurora", "Officina Neri", "Libreria Fenice"),
    "nl": ("Bakkerij De Molen", "Hotel Zeezicht", "Fietsenwinkel Spaak", "Basisschool De Linde"),
}  # fmt: skip
PEOPLE = (
    "Nadine Corrigan", "Harvey Blount", "Sunita Rao", "Elliot Farr", "Greta Lindahl", "Miles Okoye", "Joan Trevelyan",
    "Theo Vance", "Priya Nair", "Arlo Finch", "Beth Sandoval", "Curtis Wray", "Della Marsh", "Owen Teasdale", "Ruby Aston",
    "Sean Mulligan", "Tara Whitcombe", "Victor Halloran", "Wendy Cho", "Ada Brightwell", "Felix Morrow", "Hazel Kemp",
    "Ian Strode", "Lorna Pike", "Marcus Bell", "Nell Ferris",
)  # fmt: skip
"""Who writes, for a firm or for themselves."""
