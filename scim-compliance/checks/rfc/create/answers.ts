import type { Check } from '../../../check.ts'
import { expectThat, skip } from '../../../expect.ts'
import { isObject, type Json } from '../../../json.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { usersAndGroups } from '../../tools/kinds.ts'
import { made } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { expectLeadsTo } from '../resources/references.ts'
import { createAnyArea, createUsersArea } from './areas.ts'
import { expectSameWhenRead } from './expect-same-when-read.ts'

/** Whether one value is in the other: objects may have more, lists as many. */
const holds = (got: Json | undefined, sent: Json): boolean => {
  if (Array.isArray(sent))
    return Array.isArray(got) && sent.every(one => got.some(other => holds(other, one)))
  if (isObject(sent))
    return isObject(got) && Object.entries(sent).every(([name, value]) => holds(at(got, name), value))
  return got === sent || String(got).toLowerCase() === String(sent).toLowerCase()
}

async function expectLocation(stage: Stage, type: TypeAtHand): Promise<void> {
  const { id, answer } = await stage.create(type)
  const { location } = answer.headers
  if (location === undefined) return skip('There is no Location.')
  await expectLeadsTo(stage, location, id, answer)
}

export const checks: readonly Check[] = [
  ...checksOf(
    createAnyArea,
    usersAndGroups.flatMap(({ id, words, type, needs }) => [
      {
        id: `answers-201-${id}`,
        level: 'MUST' as const,
        says: `Creating ${words} is answered with 201.`,
        requirements: ['R-082'],
        matters:
          '201 says that something new is there; after a 200 a client can’t tell it from what was there before.',
        mend: 'Answer 201 to a create.',
        needs,
        run: async (stage: Stage) => {
          await made(stage, type(stage), stage.sample(type(stage)))
        },
      },
      {
        id: `location-${id}`,
        level: 'MUST' as const,
        says: `Creating ${words} is answered with a Location header.`,
        requirements: ['R-083'],
        matters: 'Clients that follow HTTP take the address of the new resource from it.',
        mend: 'Add Location, the same as meta.location, to every 201.',
        needs,
        run: async (stage: Stage) => {
          const { answer } = await stage.create(type(stage))
          expectThat(answer.headers.location !== undefined, 'a Location header', answer.headers, answer)
        },
      },
      {
        id: `location-leads-${id}`,
        level: 'MUST' as const,
        says: `The Location of ${words} that was created leads to it.`,
        requirements: ['R-083', 'R-034'],
        matters: 'The client’s next request goes there.',
        mend: 'Build Location from the address that the client used, the endpoint and the id.',
        needs,
        run: (stage: Stage) => expectLocation(stage, type(stage)),
      },
      {
        id: `body-${id}`,
        level: 'SHOULD' as const,
        says: `Creating ${words} is answered with all of it, with the values that were sent.`,
        requirements: ['R-084'],
        matters: 'Clients read the id from the body, and compare the rest with what they have.',
        mend: 'Answer a create as a GET of the new resource would be answered.',
        needs,
        run: async (stage: Stage) => {
          const { sent, body, answer } = await stage.create(type(stage))
          const shownOnes = type(stage).attributes.filter(
            ({ returned, mutability, type: kind }) =>
              ['default', 'always'].includes(returned) && mutability !== 'readOnly' && kind !== 'dateTime',
          )
          for (const { name } of shownOnes) {
            const value = sent[name]
            if (value === undefined || value === null) continue
            expectThat(
              holds(at(body, name), value),
              `${name} ${JSON.stringify(value)}`,
              at(body, name),
              answer,
            )
          }
        },
      },
      {
        id: `read-equals-${id}`,
        level: 'MUST' as const,
        source: 'RFC 7644 §3.1, §3.3',
        says: `A GET of ${words} shows what the create showed, the server’s defaults included.`,
        requirements: ['R-084', 'R-089'],
        matters: 'Clients keep what the create answered; a difference is an update in the next cycle.',
        mend: 'Make the representations of a create and of a read in the same place.',
        needs,
        run: (stage: Stage) => expectSameWhenRead(stage, type(stage)),
      },
    ]),
  ),
  ...checksOf(createUsersArea, [
    {
      id: 'read-only-ignored',
      level: 'MUST',
      says: 'A create with readOnly attributes is accepted, and these are ignored.',
      requirements: ['R-085', 'R-059'],
      matters: 'Clients send back what they have read, id and meta included; a refusal loses the person.',
      mend: 'Pass over readOnly attributes in bodies; refuse them in PATCH only.',
      run: async stage => {
        const given = { id: stage.unique(), meta: { resourceType: 'User', version: 'W/"x"' } }
        const answer = await made(stage, stage.users, stage.sample(stage.users, given))
        const [id, version] = [at(answer.body, 'id'), at(answer.body, 'meta', 'version')]
        expectThat(id !== given.id, 'another id than the one that was sent', id, answer)
        expectThat(
          version !== given.meta.version,
          'another version than the one that was sent',
          version,
          answer,
        )
      },
    },
  ]),
]
