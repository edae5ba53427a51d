import type { Check } from '../../../check.ts'
import { expectEqual, objectIn, skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { made, posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { resourceModelArea } from './areas.ts'

const recased = (body: JsonObject, recase: (name: string) => string): JsonObject =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name.startsWith('urn:') ? name : recase(name), value]),
  )

export const checks: readonly Check[] = checksOf(resourceModelArea, [
  {
    id: 'names-ignore-case',
    level: 'MUST',
    source: 'RFC 7643 §2.1',
    says: 'Names of attributes in a body are read whatever their case.',
    requirements: ['R-025'],
    matters:
      'Clients spell names their own way (username, Active); what isn’t recognised is lost without a word.',
    mend: 'Compare names of attributes without case when reading bodies.',
    run: async stage => {
      const { userName, ...sample } = stage.sample(stage.users)
      if (userName === undefined) skip('The sample has no userName.')
      const answer = await made(stage, stage.users, { ...sample, USERNAME: userName ?? null })
      expectEqual(at(answer.body, 'userName'), userName, 'userName', answer)
    },
  },
  {
    id: 'names-own-spelling',
    level: 'SHOULD',
    source: 'RFC 7643 §2.1',
    says: 'Answers spell names as the schema does, whatever the request’s spelling was.',
    requirements: ['R-025'],
    matters: 'Clients look for the schema’s spelling, and take what they don’t find for missing.',
    mend: 'Write answers from the schema’s names.',
    run: async stage => {
      const text = textOf(stage.users)
      const sample = stage.sample(stage.users, { [text]: stage.unique() })
      const answer = await posted(
        stage,
        stage.users,
        recased(sample, name => name.toUpperCase()),
      )
      if (answer.status !== 201) skip(`Names in upper case are answered with ${answer.status}.`)
      const known = new Set(stage.users.attributes.map(({ name }) => name))
      const strange = Object.keys(objectIn(answer)).filter(
        name => !known.has(name) && [...known].some(one => one.toLowerCase() === name.toLowerCase()),
      )
      expectEqual(strange, [], 'names spelled otherwise than in the schema', answer)
    },
  },
  {
    id: 'urns-ignore-case',
    level: 'practice',
    source: 'RFC 7644 §3.10, which says it of attribute names only; RFC 7643 §10.2.1',
    says: 'Schema URNs in a request are case insensitive.',
    requirements: ['R-025'],
    matters: 'Attribute mappings in Entra and Okta are typed by people.',
    mend: 'Lower both sides before comparing URNs.',
    run: async stage => {
      const sample = stage.sample(stage.users)
      const upper = (Array.isArray(sample.schemas) ? sample.schemas : [stage.users.schema]).map(urn =>
        String(urn).toUpperCase().replace(/^URN:/, 'urn:'),
      )
      await made(stage, stage.users, { ...sample, schemas: upper })
    },
  },
])
