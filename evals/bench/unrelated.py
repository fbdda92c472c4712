"""Questions that no runbook answers, for calibrating when search should say that it has no good page.

The first tuple sets the floor; the second is only ever measured. Half of each speaks of computers, because a
question about another system is the likelier mistake than one about cooking.
"""

from __future__ import annotations

SETTING = (
    "How long should a sourdough loaf proof in a cold kitchen?",
    "Which visa do I need for a two week trip to Vietnam?",
    "What is the offside rule in football?",
    "How do I prune an apple tree in winter?",
    "Who wrote the opera about the barber of Seville?",
    "What is the best way to clean a cast iron pan?",
    "How many moons does Jupiter have?",
    "My washing machine leaks when it spins, what can I do?",
    "Recommend a novel set in nineteenth century Lisbon.",
    "What is the difference between a violin and a viola?",
    "How do I ask my landlord to lower the rent?",
    "When is the next public holiday in Bavaria?",
    "What should I feed a kitten of eight weeks?",
    "How do I convert miles per gallon into litres per hundred kilometres?",
    "Is it cheaper to lease or to buy an electric car?",
    "How do I reset the password of my Windows laptop?",
    "The office printer prints blank pages, which cartridge fits?",
    "How do I merge two cells in an Excel spreadsheet?",
    "Which keyboard shortcut opens the emoji picker on macOS?",
    "How do I submit my travel expenses in the SAP portal?",
    "Why does my CSS flexbox column overflow on Safari?",
    "Explain monads in Haskell with an example.",
    "How do I train a random forest with scikit-learn on tabular data?",
    "What is the licence fee for an Oracle WebLogic processor?",
    "How do I add a custom field to a Salesforce opportunity?",
    "Our Jenkins shared library cannot find the Groovy class, why?",
    "How do I unlock a frozen SIM card on an Android phone?",
    "Which wifi channel gives the best signal in a block of flats?",
    "How do I schedule a Zoom webinar with two hosts?",
    "Write a regular expression that matches Dutch postcodes.",
)

MEASURING = (
    "Which herbs go well with roast lamb?",
    "How do I get red wine out of a linen tablecloth?",
    "What time does the last ferry to Hydra leave?",
    "Who won the chess world championship in 1972?",
    "How deep should I plant tulip bulbs?",
    "What does a plumber charge for replacing a tap?",
    "How do I knit a heel that does not gape?",
    "Which vaccinations does a puppy need before its first walk?",
    "How do I fold a fitted sheet?",
    "What is the boiling point of ethanol at 2000 metres?",
    "How do I recover a deleted photo from an iPhone?",
    "The projector in the meeting room shows no picture.",
    "How do I build a pivot table from two sheets?",
    "Which React hook replaces componentDidMount?",
    "How do I change my signature in Outlook?",
    "Where do I file a parental leave request in Workday?",
    "How do I centre a caption in LaTeX?",
    "Why does my Unity shader look pink?",
    "How do I roll back a migration in Ruby on Rails?",
    "How do I renew the Adobe licence for the design team?",
)
