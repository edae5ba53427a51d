import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { expectReplaced } from '../../tools/puts.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { putArea } from './areas.ts'
import { replaced } from './replaced.ts'

export const checks: readonly Check[] = checksOf(putArea, [
  {
    id: 'ignores-read-only',
    level: 'MUST',
    says: 'What is read-only is ignored, not refused and not stored: id and meta.',
    requirements: ['R-163'],
    matters: 'Clients send back what they have read, meta and all, and are refused.',
    mend: 'Leave readOnly attributes of the body out of account.',
    run: async stage => {
      const { made, text, value, answer } = await replaced(stage, ({ body }) => ({
        id: 'another',
        meta: { ...(typeof body.meta === 'object' ? body.meta : {}), created: '2001-01-01T00:00:00Z' },
      }))
      expectReplaced(answer)
      const body = await readAgain(stage, made.path)
      expectEqual(body.id, made.id, 'id', answer)
      expectEqual(at(body, text), value, text, answer)
      expectEqual(at(body, 'meta', 'created'), at(made.body, 'meta', 'created'), 'meta.created', answer)
    },
  },
  {
    id: 'takes-what-was-read',
    level: 'MUST',
    says: 'The response of a GET, with one value changed, is accepted as body of a PUT.',
    requirements: ['R-163'],
    matters: 'Clients that read, change and replace, such as Okta, are refused.',
    mend: 'Accept your own answers as bodies of PUT.',
    run: async stage => {
      const text = textOf(stage.users)
      const value = stage.unique()
      const { path } = await stage.create(stage.users, { [text]: stage.unique() })
      const answer = await stage.put(path, { ...(await readAgain(stage, path)), [text]: value })
      expectReplaced(answer)
      expectEqual(at(await readAgain(stage, path), text), value, text, answer)
    },
  },
])
