"""The dashboard: a scenario in the browser, live. ``launch.serve`` starts it; it reads the public names of vesicle_abm.

session       one thread a browser session owns the model
network       the neurons and vesicles on a canvas
charts        populations and levels over time
page          what stands where; its parts are a file each
guard         who may ask the server
"""
