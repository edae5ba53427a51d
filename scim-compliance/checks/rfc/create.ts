import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, Stage, TypeAtHand } from '../../stage.ts'
import { at, isUnassigned, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { ownTypes, usersAndGroups } from '../tools/kinds.ts'
import { made, posted, postedSample } from '../tools/posted.ts'

/** Whether one value is in the other: objects may have more, lists as many. */
const holds = (got: Json | undefined, sent: Json): boolean => {
  if (Array.isArray(sent))
    return Array.isArray(got) && sent.every(one => got.some(other => holds(other, one)))
  if (isObject(sent))
    return isObject(got) && Object.entries(sent).every(([name, value]) => holds(at(got, name), value))
  return got === sent || String(got).toLowerCase() === String(sent).toLowerCase()
}

/** Without meta, and without what is unassigned. */
const assigned = ({ meta: _, ...body }: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => !isUnassigned(value)))

async function expectSameWhenRead(stage: Stage, type: TypeAtHand): Promise<void> {
  const { path, answer } = await stage.create(type)
  if (!isObject(answer.body)) skip('The create has no body.')
  const read = await stage.get(path)
  expectStatus(read, 200)
  expectEqual(
    assigned(objectIn(read)),
    assigned(objectIn(answer)),
    'the resource as the create showed it',
    read,
  )
}

async function expectLocation(stage: Stage, type: TypeAtHand): Promise<void> {
  const { id, answer } = await stage.create(type)
  const { location } = answer.headers
  if (location === undefined) return skip('There is no Location.')
  expectThat(URL.canParse(location), 'an absolute URI', location, answer)
  const { pathname } = new URL(`${stage.service.url}${type.endpoint}/${id}`)
  expectEqual(new URL(location).pathname, pathname, 'path of Location', answer)
}

async function conflict(
  stage: Stage,
): Promise<{ readonly answer: Answer; readonly path: string; readonly text: string }> {
  const text = textOf(stage.users)
  const { path, sent } = await stage.create(stage.users, { [text]: 'before' })
  const answer = await posted(stage, stage.users, { ...sent, [text]: 'after' })
  return { answer, path, text }
}

export const checks: readonly Check[] = [
  ...checksOf(
    { area: 'create', section: 'Create', source: 'RFC 7644 §3.3', needs: ['write'] },
    usersAndGroups.flatMap(({ id, words, type, needs }) => [
      {
        id: `answers-201-${id}`,
        level: 'MUST' as const,
        says: `Creating ${words} is answered with 201.`,
        requirements: ['R-082'],
        matters: 'Entra and Okta take 201 alone for success; after a 200 they make it again.',
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
        says: `The Location of ${words} that was created is the absolute URI of it.`,
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
  ...checksOf({ area: 'create', section: 'Create', source: 'RFC 7644 §3.3', needs: ['write', 'users'] }, [
    {
      id: 'read-only-ignored',
      level: 'MUST',
      says: 'A create that names readOnly attributes is taken, without them.',
      requirements: ['R-085', 'R-059'],
      matters: 'Clients send back what they have read, id and meta included; a refusal loses the person.',
      mend: 'Pass over readOnly attributes in bodies; refuse them in PATCH only.',
      run: async stage => {
        const given = { id: stage.unique(), meta: { resourceType: 'User', version: 'W/"x"' } }
        await made(stage, stage.users, stage.sample(stage.users, given))
      },
    },
    {
      id: 'conflict',
      level: 'MUST',
      says: 'A create with a userName that somebody has is a SCIM error with status 409.',
      requirements: ['R-086'],
      matters:
        'Entra and Okta link the account that is there after a 409; after anything else they only try again.',
      mend: 'Answer 409 when a unique index is violated.',
      run: async stage => expectError((await conflict(stage)).answer, 409),
    },
    {
      id: 'conflict-type',
      level: 'MUST',
      says: 'A conflict over a unique value has scimType uniqueness.',
      requirements: ['R-086', 'R-018'],
      matters: 'Clients tell it from other conflicts by that.',
      mend: 'Put "scimType": "uniqueness" into the body of the 409.',
      run: async stage => {
        const { answer } = await conflict(stage)
        if (answer.status !== 409) skip(`The conflict is answered with ${answer.status}.`)
        expectEqual(objectIn(answer).scimType, 'uniqueness', 'scimType', answer)
      },
    },
    {
      id: 'conflict-changes-nothing',
      level: 'MUST',
      says: 'After a conflict the first user is as before.',
      requirements: ['R-086'],
      matters: 'A create that updates overwrites somebody else.',
      mend: 'Don’t make a POST an upsert.',
      run: async stage => {
        const { path, text } = await conflict(stage)
        const read = await stage.get(path)
        expectEqual(at(read.body, text), 'before', text, read)
      },
    },
    {
      id: 'again-after-delete',
      level: 'SHOULD',
      source: 'RFC 7644 §3.6',
      says: 'The userName of a deleted user can be used again at once.',
      requirements: ['R-087'],
      matters: 'Somebody who returns, or is restored in Entra, can’t be made again.',
      mend: 'Leave deleted resources out where uniqueness is checked.',
      run: async stage => {
        const { path, sent } = await stage.create(stage.users)
        expectStatus(await stage.delete(path), 204, 200)
        await made(stage, stage.users, sent)
      },
    },
    {
      id: 'put-unknown',
      level: 'MUST',
      source: 'RFC 7644 §3.2, §3.5.1',
      says: 'A PUT to an id that nobody has is 404.',
      requirements: ['R-088'],
      matters: 'A client that updates somebody who was deleted has to learn that.',
      mend: 'Look the resource up before replacing it.',
      run: async stage => {
        const answer = await stage.put(`${stage.users.endpoint}/${stage.unique()}`, stage.sample(stage.users))
        stage.willRemove(stage.users, answer)
        expectStatus(answer, 404)
      },
    },
    {
      id: 'put-unknown-makes-nothing',
      level: 'MUST',
      source: 'RFC 7644 §3.2, §3.5.1',
      says: 'A PUT to an id that nobody has makes nothing.',
      requirements: ['R-088'],
      matters: 'Deleted people come back.',
      mend: 'Don’t make a PUT an upsert; ids are the server’s to give.',
      run: async stage => {
        const path = `${stage.users.endpoint}/${stage.unique()}`
        const body = stage.sample(stage.users)
        stage.willRemove(stage.users, await stage.put(path, body))
        expectStatus(await stage.get(path), 404)
        // Were somebody made after all, the name would be taken.
        await made(stage, stage.users, body)
      },
    },
    {
      id: 'unknown-attribute',
      level: 'MUST',
      source: 'RFC 7644 §3.1',
      says: 'An attribute that the schema doesn’t have is ignored, or the create is refused with 400; it isn’t returned.',
      requirements: ['R-089'],
      matters: 'The client can’t tell whether something was stored that no schema knows.',
      mend: 'Read the attributes of the schema, and pass over or refuse the others.',
      run: async stage => {
        const given = { scimCheckUnknown: stage.unique() }
        const answer = await postedSample(stage, stage.users, given)
        expectStatus(answer, 201, 400)
        const got = at(answer.body, 'scimCheckUnknown')
        expectThat(got === undefined, 'nothing of it in the answer', got, answer)
      },
    },
  ]),
  ...checksOf({ area: 'create', section: 'Create', source: 'RFC 7644 §3.3', needs: ['write'] }, [
    {
      id: 'own-types',
      level: 'MUST',
      says: 'Resources of the server’s own types are created with 201, an id and their type in meta.',
      requirements: ['R-082', 'R-158', 'R-053'],
      matters: 'Clients drive custom types by discovery alone, as they do users.',
      mend: 'Serve every advertised type by the same code.',
      run: async stage => {
        for (const type of ownTypes(stage)) {
          const { body, answer } = await stage.create(type)
          expectEqual(at(body, 'meta', 'resourceType'), type.name, 'meta.resourceType', answer)
        }
      },
    },
    {
      id: 'own-types-read',
      level: 'MUST',
      says: 'Resources of the server’s own types are read as they were created.',
      requirements: ['R-084', 'R-089', 'R-158'],
      matters: 'Clients drive custom types by discovery alone, as they do users.',
      mend: 'Serve every advertised type by the same code.',
      run: async stage => {
        for (const type of ownTypes(stage)) await expectSameWhenRead(stage, type)
      },
    },
  ]),
]
