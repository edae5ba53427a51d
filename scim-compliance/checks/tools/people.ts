import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { offers } from './offered.ts'

/** An address that nobody else has. */
export const address = (stage: Stage): string => `${stage.unique()}@example.com`

/** A user as Entra's default mapping has it, as far as the server knows the attributes. */
export const person = (stage: Stage): JsonObject => {
  const userName = address(stage)
  const all: JsonObject = {
    userName,
    displayName: 'Mira Holt',
    name: { givenName: 'Mira', familyName: 'Holt' },
    active: true,
    emails: [{ primary: true, type: 'work', value: userName }],
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => offers(stage.users, name)))
}

export const createUser = (stage: Stage, given: JsonObject = {}): Promise<Made> =>
  stage.create(stage.users, { ...person(stage), ...given })

export const createGroup = (stage: Stage, given: JsonObject = {}): Promise<Made> =>
  stage.create(stage.groups, { displayName: stage.unique(), ...given })

/** The user name that was sent. */
export const userNameOf = ({ sent }: Made): string => String(sent.userName)

/** The name of a group that was sent. */
export const displayNameOf = ({ sent }: Made): string => String(sent.displayName)

/** A random id as Entra takes it for its probes. */
export const nobody = (): string => randomUUID()
