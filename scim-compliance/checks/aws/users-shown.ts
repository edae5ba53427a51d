import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'
import { needs } from '../tools/offered.ts'
import { createUser, person } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { read } from '../tools/read.ts'
import { valueAt } from '../tools/value-at.ts'
import { usersCheck } from './areas.ts'
import { sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  usersCheck({
    id: 'whole-seconds',
    // As AWS's samples have it; no sentence says so.
    level: 'MAY',
    says: 'meta has created and lastModified in whole seconds, and no location or version.',
    source: sources.createUser,
    matters: 'Clients compare what they have kept, and find no Location at AWS.',
    mend: 'Answer meta with resourceType, created and lastModified like 2026-03-04T05:06:07Z.',
    run: async stage => {
      const { body, answer } = await createUser(stage)
      const { meta } = body
      expectThat(isObject(meta), 'meta', meta ?? null, answer)
      const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
      expectThat(seconds.test(String(meta.created)), 'created in whole seconds', meta.created, answer)
      expectThat(
        seconds.test(String(meta.lastModified)),
        'lastModified in whole seconds',
        meta.lastModified,
        answer,
      )
      expectThat(!('location' in meta) && !('version' in meta), 'no location and no version', meta, answer)
    },
  }),
  usersCheck({
    id: 'schemas-by-content',
    level: 'MUST',
    says: 'The enterprise schema stands in schemas only where there is enterprise data.',
    source: sources.getUser,
    matters: 'Clients that read schemas strictly see what AWS shows.',
    mend: 'Name in schemas what the user has.',
    needs: ['write', 'users', 'enterprise'],
    run: async stage => {
      needs(stage.users, `${enterpriseUrn}:department`)
      // A sample has what is required, and AWS calls the extension so without asking for it.
      const { [enterpriseUrn]: _, ...sent } = stage.sample(stage.users, person(stage))
      const plain = await posted(stage, stage.users, sent)
      expectStatus(plain, 201)
      const { schemas = null } = objectIn(plain)
      expectThat(!String(schemas).includes(enterpriseUrn), 'the core schema only', schemas, plain)
      const full = await createUser(stage, { [enterpriseUrn]: { department: 'Freight' } })
      expectThat(
        String(full.body.schemas).includes(enterpriseUrn),
        'both schemas',
        full.body.schemas,
        full.answer,
      )
    },
  }),
  usersCheck({
    id: 'manager-by-value',
    // As AWS's samples have it; no sentence says so.
    level: 'MAY',
    says: 'A manager is shown with value only.',
    source: sources.createUser,
    matters: 'AWS takes $ref, and shows it nowhere.',
    mend: 'Answer manager as {"value": "…"}.',
    needs: ['write', 'users', 'enterprise'],
    run: async stage => {
      needs(stage.users, `${enterpriseUrn}:manager`)
      const manager = await createUser(stage)
      const user = await createUser(stage, {
        [enterpriseUrn]: { manager: { value: manager.id, $ref: `../Users/${manager.id}` } },
      })
      const { body, answer } = await read(stage, user.path)
      const shown = valueAt(body, `${enterpriseUrn}:manager`)
      if (!isObject(shown)) skip('The server doesn’t keep the manager.')
      expectEqual(shown, { value: manager.id }, 'manager', answer)
    },
  }),
]
