"""What is wrong with a catalogue: ``check`` looks at all of it, each of the others at one part."""
