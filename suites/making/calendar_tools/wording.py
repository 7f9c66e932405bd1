"""How people say it: banks of sentences for each call, written by hand.

`{title}`, `{day}` ("Friday"), `{on}` ("on Friday"), `{t}` a time, `{dur}` a length or nothing, `{with_}` (" with Bo")
and `{inv}` (", invite Bo") people or nothing, `{ref}` an event that exists ("Friday's Retro", "the Retro on Friday").
"""

from __future__ import annotations

CREATE = (
    "Put {title}{with_} in for {day} at {t}{dur}.", "Please book {title}{with_} {on} at {t}{dur}.",
    "Can you add {title} to my calendar? {On}, {t}{dur}{inv}.", "{On} at {t}{dur}: {title}{with_}, please enter it.",
    "New entry: {title}, {day}, {t}{dur}{inv}.", "Schedule {title}{with_} for {day} at {t}{dur}.",
    "I'd like to have {title}{with_} {on}, starting at {t}{dur}.",
    "We've settled on {day}, {t}{dur}, for the {title}{inv}. Please put it in.",
    "Title: {title}\nDay: {day}\nStart: {t}{length_line}{people_line}", "Create {title}{with_} {on} at {t}{dur}.",
    "There's a {title}{with_} coming up {on} at {t}{dur}. Would you enter it?", "Make room for {title} {on}, {t}{dur}{inv}.",
    "{title}{with_}, {day}, {t}{dur}. Please note it down.", "Could {title}{with_} go into the calendar {on} at {t}{dur}?",
    "It's going to be {day} at {t} for the {title}{dur}{inv}, so please set it up.", "Set up {title}{with_} {on} at {t}{dur}.",
    "Block {t} {on}{dur} for {title}{inv}.", "Enter this please: {title}{with_}, {t}, {day}{dur}.",
)  # fmt: skip
FIND = (
    "What's {on}?", "Do I have anything {on}?", "Show me {day}.", "Is there something in my calendar {on}?",
    "How full am I {on}?", "Read me my day, {day} that is.", "Where am I supposed to be {on}?", "Any gap {on}?",
)  # fmt: skip
FIND_PERSON = (
    "What's {who} doing {on}?", "Is {who} busy {on}?", "Does {who} have time {on}?", "List what {who} has {on}.",
    "What does {day} look like for {who}?", "Show me {who}'s calendar, {day}.", "Has {who} got anything {on}?",
    "I need to catch {who} {on}, what's in the way?", "Would {who} be free {on}? Have a look.",
)  # fmt: skip
MOVE = (
    "Move {ref} to {new}.", "Please push {ref} to {new}.", "{Ref} has to go to {new}.", "Could you shift {ref} to {new}?",
    "Reschedule {ref} to {new}.", "{Ref} doesn't work any more, {new} does. Please change that.", "{Ref} becomes {new}, please update.",
    "Can we have {ref} moved to {new}?", "Swap {ref} over to {new}.", "Take {ref} and put it at {new} instead.",
)  # fmt: skip
CANCEL = (
    "Cancel {ref}.", "{Ref} is off, please take it out.", "Please delete {ref}.", "Drop {ref} from the calendar.",
    "We won't need {ref}, remove it.", "Scrap {ref}.", "Would you call off {ref}?", "{Ref} can go, cancel it.",
    "Get rid of {ref} for me.", "I want {ref} gone from the calendar.", "{Ref}: nobody can make it, strike it.",
)  # fmt: skip
FIND_CONTACT = (
    "How do I reach {name}?", "What's the number of {name}?", "Give me {name}'s e-mail address.", "Look up {name} in the contacts.",
    "Have we got an address for {name}?", "I need the phone number of {name}.", "Can you find {name}'s contact details?",
)  # fmt: skip
ADD_CONTACT = (
    "Save {name}: {how}.", "New contact: {name}, {how}.", "Please add {name} to the contacts, {how}.", "Put {name} in the address book: {how}.",
    "Could you store {name} for me? {how}.", "{name} is new here. {how}, please save.", "Got a card from {name}, {how}. Keep it in the contacts.",
)  # fmt: skip
STAGE = {
    "lead": ("{co} asked about us at the fair: new lead, set it.", "Set {co} to lead, they filled in the form.",
             "{co} should stand at lead, please.", "Back to the start with {co}: put the deal on lead."),
    "offer": ("The offer to {co} went out, update the stage.", "Move the deal with {co} to offer.", "{co} has our offer now, set the stage.",
              "Stage of {co}: offer, please.", "We've quoted {co}, so set them to offer."),
    "won": ("{co} signed! Set the deal to won.", "Good news from {co}, mark it won.", "Deal with {co}: won. Please enter it.",
            "Champagne: {co} is ours. Stage won, please."),
    "lost": ("{co} said no. Set the deal to lost.", "Mark {co} as lost, they bought elsewhere.", "We can bury {co}: stage lost.",
             "The deal with {co} is lost, please update it."),
}  # fmt: skip
LOG = {
    "reached": ("Log my call with {who} {when}, we talked.", "I got hold of {who} by phone {when}, please log it.",
                "Phone log: {who}, {when}, reached.", "Spoke to {who} on the phone {when}. Note the call."),
    "voicemail": ("Log a call to {who} {when}: voicemail.", "{who}'s voicemail answered when I rang {when}, log that.",
                  "I left {who} a message on the voicemail {when}, put it in the log."),
    "no_answer": ("Called {who} {when}, no answer. Please log it.", "Log a call to {who} {when}, nobody picked up.",
                  "{who} didn't answer when I phoned {when}, one for the log."),
}  # fmt: skip

REASONS = (
    "The trains are a mess this week.", "My knee is acting up again.", "The client keeps changing his mind.", "We're short of people.",
    "I'm off to the dentist in a minute.", "The room is being painted.", "Our flight lands late.", "The printer ate the agenda.",
    "I've promised my wife to be on time.", "Half the office has the flu.", "The figures came in at last.", "Nobody read the invitation.",
    "The caterer called.", "School is closed.", "They finally answered.", "I can't keep it all in my head.", "The boss wants to know.",
    "It slipped my mind in the meeting.", "Long story.", "We talked about it over lunch.", "I'm on my bike, so quickly.",
    "The heating is broken upstairs.", "Somebody double-checked with legal.", "It snowed like mad.", "My inbox is a swamp.",
)  # fmt: skip
NUMBERS = (
    "The order is 4,300 euros, 5% off.", "Their invoice 88-204 is due within 14 days.", "We'll be in room 3.07.", "There were 31 of us last time.",
    "My extension is 214 by the way.", "It's 12 degrees below zero here.", "Parking costs 4.50 per hour there.",
    "Page 17 of the contract says so.", "The code for the gate is 2468.", "We sold 640 tickets.", "Bus 45 stops right outside.",
    "They have 2 kids and 3 cats.", "The projector needs 10 metres of cable.", "Version 2.4 is out.",
)  # fmt: skip
GREETINGS = (
    "Hi",
    "Hello",
    "Good morning",
    "Hey",
    "Morning",
    "Hi there",
    "Dear assistant",
    "Hey, me again",
    "Good afternoon",
)
CLOSINGS = (
    "Thanks!",
    "Thank you.",
    "Cheers.",
    "Thanks a lot.",
    "You're a star.",
    "That's it.",
    "Many thanks.",
    "Appreciated.",
)
LEAVE = (
    "Leave {ref} alone, though.", "{Ref} stays.", "But don't touch {ref}.", "Nothing changes for {ref}.", "Not {ref}, mind you.",
)  # fmt: skip
MENTIONED = (
    'How would you say "{said}" in Danish?', 'The parrot of my aunt can say "{said}". I swear.', 'Is "{said}" a sentence you understand?',
    'In the training video somebody says "{said}" and it works. Does it really?', 'Somebody wrote "{said}" on the whiteboard. Do you know who?',
    'My handwriting is awful: does this read "{said}" to you?',
)  # fmt: skip
MISSING = (
    "Put {title} in {on}.", "Schedule {title}{with_} at {t}.", "{Ref} has to move.", "Please find another day for {ref}.",
    "Book {title} for {day}, the time I'll tell you later.", "Set up {title}{with_} sometime.", "Shift {ref}, I don't know yet where to.",
)  # fmt: skip
SIGNED = (
    ("Ottilie Brandt", "Accounts, ext. 214"), ("Kofi Mensah", "Sales, +49 555 0111"), ("Jule Ahrens", "Tel. 555-0102, room 12"),
    ("Hamid R.", "sent from my phone"), ("Sorcha Daly", "Monday to Thursday, 9 to 3"), ("B. Ionescu", "Project office, floor 4"),
)  # fmt: skip
SETTLED = (
    "What {name} wants below is done.", "{name}'s mail is answered, leave it.", "Ignore what {name} wrote, that's from last month.",
    "I've dealt with {name}.", "Nothing to do about {name}'s mail.",
)  # fmt: skip
STORIES = (
    "You won't believe my morning: first the tram, then the coffee over the keyboard, and now this.",
    "We sat together with the people from the insurance for ages and in the end everybody agreed.",
    "I'm covering for Jule this week and half of her work lies on my desk, so bear with me.",
    "My phone has about one bar of signal up here in the hut, therefore in writing.",
    "Since the new boss came, everything has to be written down twice and signed off by someone.",
    "The customer rang three times, apologised twice, and finally told me what it was all about.",
    "It took two rounds of e-mails with seven people in copy, but there we are at last.",
)  # fmt: skip
