"""The dashboard: a scenario in the browser, live. ``launch.serve`` starts it; it reads the public names of vesicle_abm.

page          what stands where; ``desk``: all that belongs to one visitor
run           plans, models under way, the session whose thread owns them
controls      the bar, choices, numbers, banners, theme
stage         the network on a canvas
plots         lines, heat and events over time
lessons       guided demonstrations as data; ``classroom``: how they are taken, and an editor
away          links, files, pictures, code, runs
server        who may come, and what is answered; ``launch`` starts it
browser       scripts that several widgets share; ``assets``: what the page loads first; ``vendor``: uPlot
"""
