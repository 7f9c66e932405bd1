"""How people say it: banks of phrases for each command, written by hand.

`{in_}` is where ("in the kitchen"), `{room}` the room as a thing ("the kitchen"), `{Room}` the same at the
beginning, `{tag}` the bare name ("Kitchen"); `{v}` is the value.
"""

from __future__ import annotations

ROOM_WORDS = {
    "lobby": ("the lobby", "the lobby", "the reception", "the reception area"),
    "office": ("the office",),
    "meeting_1": ("the big meeting room", "meeting room 1", "the large meeting room", "meeting room one"),
    "meeting_2": ("the small meeting room", "meeting room 2", "the little meeting room", "meeting room two"),
    "kitchen": ("the kitchen",),
    "workshop": ("the workshop",),
    "store": ("the store", "the stock room", "the store room"),
    "all": ("the whole building", "every room", "all rooms", "the entire building"),
}

LIGHT = (
    "Set the light {in_} to {v}", "Lights {in_} to {v} please", "Dim {room} to {v}", "Take the brightness {in_} to {v}",
    "Could we have {v} light {in_}", "I'd like the lights {in_} at {v}", "Bring the lights {in_} to {v}",
    "{v} light is enough {in_}, please set that", "Lights, {tag}, {v}", "Would you put the lamps {in_} on {v}",
    "{Room} needs its lights at {v}", "Please change the lighting {in_} to {v}", "{tag} light {v}",
    "We're after {v} brightness {in_}", "Make the lights {in_} {v}",
)  # fmt: skip
LIGHT_OFF = (
    "Lights off {in_}", "Switch off the lights {in_} please", "Kill the lights {in_}", "Turn the light {in_} off",
    "{tag}: lights out", "No light needed {in_} any more, turn it off", "Can the lights {in_} go off",
    "Please put the lights out {in_}", "It's bright daylight, so lights off {in_}",
)  # fmt: skip
LIGHT_FULL = (
    "Full light {in_} please", "Lights {in_} all the way up", "Give us full brightness {in_}", "{tag}: lights on full",
    "Turn the lights {in_} up to full", "I need the lights {in_} at full power", "Maximum light {in_}",
)  # fmt: skip
LIGHT_HALF = (
    "Half light {in_} please", "Lights {in_} at half", "Put the lights {in_} on half", "{tag} lights: half",
    "Could the lights {in_} go to half brightness",
)  # fmt: skip
HEATING = (
    "Set {room} to {v}", "Heating {in_} to {v} please", "Can you make it {v} {in_}", "{Room} should be at {v}",
    "Put the thermostat {in_} on {v}", "Warm {room} to {v}", "We agreed on {v} {in_}, please set it",
    "I'd like {v} {in_}", "{tag}: {v}, heating please", "Let the radiators {in_} aim for {v}",
    "Would {v} be possible {in_}? Then do it", "Please have {room} at {v}", "Change the temperature {in_} to {v}",
    "Heat {room} to {v}", "Take the heating {in_} to {v}",
)  # fmt: skip
BLINDS = {
    "open": (
        "Open the blinds {in_}", "Blinds up {in_} please", "Could you raise the blinds {in_}",
        "Let some daylight in, blinds open {in_}", "{tag} blinds: open", "Pull the blinds up {in_}",
        "I'd love to see the sky, open the blinds {in_}", "The blinds {in_} can go up",
    ),
    "half": (
        "Blinds {in_} half way please", "Put the blinds {in_} at half", "Half-close the blinds {in_}",
        "{tag} blinds: half", "Lower the blinds {in_} by half", "The blinds {in_} to the middle, so half",
        "Could the blinds {in_} come half down",
    ),
    "closed": (
        "Close the blinds {in_}", "Blinds down {in_} please", "Shut the blinds {in_}", "{tag} blinds: closed",
        "Could you lower the blinds {in_} completely", "The blinds {in_} want closing",
        "Let the blinds {in_} all the way down", "I need the blinds {in_} shut",
    ),
}  # fmt: skip
FAN = {
    "off": (
        "Fan off {in_}", "Stop the ventilation {in_}", "Turn the fan {in_} off please", "{tag}: fan off",
        "The fan {in_} can stop", "Switch off the ventilation {in_}",
    ),
    "low": (
        "Fan on low {in_}", "Run the ventilation {in_} on low", "A little air {in_} please, fan on low",
        "{tag} fan: low", "Put the fan {in_} at the low speed", "Let the fan {in_} turn slowly, so low",
    ),
    "high": (
        "Fan on high {in_}", "Run the ventilation {in_} on high please", "Lots of air {in_}, fan to high",
        "{tag} fan: high", "Get the fan {in_} up to high", "We need the ventilation {in_} on high",
    ),
}  # fmt: skip
DOOR = {
    "lock": (
        "Lock the {v} door", "The {v} door can be locked", "Please lock up the {v} door", "Bolt the {v} door for me",
        "Would you lock the {v} door", "{V} door: lock it", "Can you get the {v} door locked",
    ),
    "unlock": (
        "Unlock the {v} door", "Please let me in at the {v} door, unlock it", "{V} door: unlock it",
        "Could you unlock the {v} door", "I need the {v} door unlocked", "I'd like to have the {v} door unlocked",
        "Take the bolt off the {v} door",
    ),
}  # fmt: skip
DOOR_WORDS = {"front": "front", "yard": "yard", "store": "store"}
SCENE = (
    "Run the {v} scene", "{V} scene please", "Start the {v} scene", "You can begin with the {v} scene",
    "Let's have the {v} scene", "Switch the building to the {v} scene", "It's time: {v} scene",
)  # fmt: skip
SENSOR = {
    "temperature": (
        "How warm is it {in_}", "What's the temperature {in_}", "How many degrees do we have {in_}",
        "Read me the temperature {in_}", "What does the thermometer {in_} say", "{tag}: current temperature please",
        "Is it really as cold {in_} as they say? Check the temperature",
    ),
    "humidity": (
        "What's the humidity {in_}", "How humid is it {in_}", "Read me the humidity {in_}", "{tag}: humidity please",
        "Could you check how damp the air {in_} is", "I need the humidity {in_} for my log",
    ),
    "co2": (
        "What's the CO2 {in_}", "How much CO2 do we have {in_}", "CO2 value {in_} please", "Check the CO2 {in_}",
        "{tag}: what does the CO2 sensor show", "Is the air {in_} still good? The CO2 I mean",
    ),
}  # fmt: skip

REASONS = {
    "set_light dark": (
        "There's a migraine among us.", "The projector is rather weak.", "The new lamps are a bit fierce.",
        "An old film of the founders is on.", "We're having cake for Ilse's birthday and she may blow out her candles.",
        "The electrician wants to look at the wiring.", "The baby has fallen asleep.", "We save where we can.",
        "We talk about saving energy all day.",
    ),
    "set_light bright": (
        "My eyes hurt from squinting at drawings.", "The photographer has just set up her tripod.", "I'm soldering something tiny.",
        "Nobody can read the small print on these labels.", "It's already getting dark out there.",
        "The stock-take starts this very minute.", "We're looking at colour samples.", "I dropped a contact lens.",
        "The plants were delivered this morning.", "It's gloomy like a cave.",
    ),
    "set_heating": (
        "Everyone's sitting in their coats.", "The board is coming for a visit.", "Our gas bill made me cry.",
        "The glue needs it exactly like that to set.", "Radko has a sore throat and insists on working.",
        "They've been arguing about it since Monday.", "The windows were open all morning.",
        "The piano tuner asked for it.", "The frost got worse over night.", "Half say too much, half say too little.",
        "The cheese people were strict about that.", "A class of ten-year-olds is visiting.",
        "My fingers are too stiff to type.", "Facility management sent round new rules.",
    ),
    "set_blinds open": (
        "My tomatoes want sun.", "It's like living in a cave in there.", "I want to see whether the van is here.",
        "The window cleaners are up on their ladder.", "Finally some blue sky.", "Nobody needs it that gloomy.",
        "The cat likes to look out.",
    ),
    "set_blinds shut": (
        "The sun is right on my screen.", "We've got a confidential prototype on the table.", "The neighbours across the street keep waving.",
        "There's a webcast in progress.", "A pigeon is staring at us.", "They're shooting a product video.",
        "The low winter sun is merciless.", "The varnished boards mustn't get direct sun.",
    ),
    "set_fan off": (
        "The papers keep flying off the table.", "It sounds like a plane taking off.", "The recording picks up every noise.",
        "There's a draught and my neck is stiff.", "The smell has gone.",
    ),
    "set_fan on": (
        "Somebody burned the toast again.", "The varnish smells awful.", "We've been in here since breakfast.",
        "Paolo is frying fish.", "They are cutting plywood and the dust hangs everywhere.", "Eleven people and no window.",
        "A bottle of solvent fell over.", "It's stuffy.",
    ),
    "set_door lock": (
        "I've walked the round and all is quiet.", "The last delivery has gone.", "There was a strange man looking at the bikes.",
        "Insurance wants it that way.", "I don't want any more surprises this evening.", "Everybody is in.",
    ),
    "set_door unlock": (
        "The courier has been waiting for five minutes.", "The carpenters need to get their planks through.",
        "My badge is on my desk.", "The bakery's van is here.", "The fire inspector is doing his tour.", "Ilse forgot her keys.",
    ),
    "run_scene opening": ("I'm the first one here, coffee in hand.", "A new day."),
    "run_scene cleaning": ("Mr Adeyemi and his crew are here with their buckets.", "The chairs are on the tables."),
    "run_scene closing": ("Everybody has gone home.", "That's it for today."),
    "read_sensor": (
        "The chocolate looks strange.", "Two of us have a headache.", "I have to fill in the form for the insurer.",
        "The paper curls in the printer.", "The guitar maker wants to know before he unpacks.",
        "We've a bet running.", "The doctor of the works council asked.", "People complain and I want a figure.",
        "The wood has to rest before we plane it.", "The plants look sad.",
    ),
}  # fmt: skip
"""Why somebody asks; none of them asks for anything, names a room or holds a value that could be set."""

NUMBERS = (
    "We're 23 today.", "Order 4471 is on its way.", "I'm on extension 212.", "It's minus 7 outside.",
    "Parcel 3 of 5 arrived.", "Last month we used 3,900 kWh.", "Invoice 2291 came as well, by the way.",
    "It's 33 degrees outside.", "The train was 40 minutes late.", "My daughter turned 18 yesterday.",
    "They forecast 80% rain for the weekend.", "The new desk is 160 cm wide.", "The quote says 1,250 euros.",
    "We've sold 60% more than last year.",
)  # fmt: skip
"""Amounts that distract."""

GREETINGS = (
    "Hi", "Hello panel", "Good morning", "Hey", "Morning", "Hi there", "Evening", "Hello", "Hey building",
    "Good afternoon", "Excuse me", "Dear panel",
)  # fmt: skip
CLOSINGS = (
    "Thanks!", "Thank you.", "Cheers", "Much obliged.", "Thanks a lot.", "Ta.", "That's all.", "You're a gem.",
    "Thanks, have a good one.", "Merci!", "Sorry to bother you.", "Bye for now.",
)  # fmt: skip

MAIL_GREETINGS = (
    "Hi",
    "Hello",
    "Good morning",
    "Dear panel",
    "Hello building",
    "Good afternoon",
    "Hi there",
    "Dear all",
)
CHANGES = (
    "Sorry, I got that wrong, forget it:", "No wait, scrap that:", "Correction:", "Argh, wrong one. I meant:", "Hm, no. Instead:",
    "Strike that.", "Oh, ignore that one.",
)  # fmt: skip
SLIPS = ("no,", "sorry,", "no, make that", "or rather", "ah no,", "I mean")
LEAVE = (
    "but leave the {thing} {in_} alone", "but don't touch the {thing} {in_}", "and keep your hands off the {thing} {in_}",
    "but nothing changes for the {thing} {in_}", "but not a word about the {thing} {in_}, it's fine",
)  # fmt: skip
NOT_THERE = ("not {in_}", "and not {in_}", "no, not {in_}")
NEAR = (
    "Please also water the ferns.", "And could you warm up the coffee machine?", "Also put on some quiet music.",
    "And tell Ilse that her guests are here.", "Then send the lift to the ground floor.",
    "Also print today's visitor list.", "And wake the screen behind the desk.", "Also add milk to the shopping list.",
    "Please ring the caretaker too.", "And start the dishwasher.", "Also book me a taxi to the station.",
    "And feed the fish, would you?", "Then close the garage gate.", "Also show the camera at the gate.",
)  # fmt: skip
"""Things that no command does."""
SETTLED = (
    "What {name} asks below is settled.", "Ignore the mail below, {name} has sorted that out with me.", "I've answered {name}, that's done.",
    "Nothing to do about what {name} writes.", "{name}'s mail is from last week, only mine counts.",
)  # fmt: skip
STORIES = (
    "There's a delegation from Turku coming through, eleven of them, and they want to see how we work here.",
    "As you may have heard, the pipes on the second floor burst and we've all moved together a little.",
    "I'm writing this with one thumb because the other hand is in plaster since the ski trip.",
    "Yesterday it took me ages to find the right person for this, so I'm trying it with you now.",
    "The auditors stay until Thursday and everything has to look as if we'd always done it like this.",
    "We've got the county choir rehearsing here this week, forty voices and one very strict conductor.",
    "You'll laugh, but the new apprentice thought the panel on the wall was a clock.",
    "After the last round of complaints I promised the works council to keep an eye on this.",
)  # fmt: skip
LATER = (
    "at half past six", "tomorrow morning", "once the guests have left", "as soon as the sun is out",
    "when the last one goes home", "in a quarter of an hour", "after lunch", "next Monday", "before the cleaners come",
    "if it starts to snow", "at 19:30", "tonight", "whenever nobody has moved for an hour", "unless I call first",
    "on Thursday at eight", "when it drops below zero outside",
)  # fmt: skip
DONE = (
    "I've already done this at the wall switch, so nothing to do: {act}.", "Someone asked me \"{act}\" - it's done, no action needed.",
    "For the record, Jonas has just taken care of it himself: {act}.",
    "The caretaker's note says \"{act}\". Was that you or him?", "How would I say \"{act}\" in Polish?",
    "I typed \"{act}\" yesterday and it worked. Well done!", "Funny, my watch just offered to text my wife \"{act}\".",
    "Which of these sounds more polite: \"{act}\" or \"would you kindly\"?",
    "Don't do anything, I'm only testing whether the microphone hears me: {act}.",
    "Please put \"{act}\" on the list of voice commands that we print for newcomers.",
)  # fmt: skip
"""Commands that are mentioned and not given."""
