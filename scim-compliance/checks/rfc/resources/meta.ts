import type { Check } from '../../../check.ts'
import { expectThat } from '../../../expect.ts'
import { at } from '../../tools/attributes.ts'
import { made } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { metaArea } from './areas.ts'
import { metaOf } from './meta-of.ts'

export const checks: readonly Check[] = checksOf(metaArea, [
  {
    id: 'given',
    level: 'MUST',
    says: 'What is created has meta.',
    requirements: ['R-047'],
    matters: 'Clients take location, version and the times from it.',
    mend: 'Add meta to every representation.',
    run: async stage => {
      const { answer } = await stage.create(stage.users)
      expectThat(at(answer.body, 'meta') !== undefined, 'meta', answer.text, answer)
    },
  },
  {
    id: 'of-client-ignored',
    level: 'MUST',
    says: 'meta in the body of a create is ignored.',
    requirements: ['R-048', 'R-053'],
    matters: 'Clients send back what they read; times and types would be theirs.',
    mend: 'Pass over meta in bodies.',
    run: async stage => {
      const old = '2001-01-01T00:00:00Z'
      const given = {
        created: old,
        lastModified: old,
        resourceType: 'Robot',
        location: 'https://example.com/x',
      }
      const answer = await made(stage, stage.users, stage.sample(stage.users, { meta: given }))
      for (const [name, value] of Object.entries(given))
        expectThat(metaOf(answer, name) !== value, `meta.${name} of the server’s own`, value, answer)
    },
  },
])
