import type { Command } from 'commander'
import { identityCommands } from './identities.ts'

/** `scimulator users`: the users of a tenant. */
export const usersCommand = (program: Command): Command => identityCommands(program, 'users')
