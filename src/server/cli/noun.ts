import type { Command } from 'commander'

/** Adds the options and subcommands of a noun to its command. */
export type Noun = (command: Command) => void
