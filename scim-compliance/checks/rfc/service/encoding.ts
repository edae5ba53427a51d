import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { postedText } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { transportArea } from './areas.ts'

/** Letters of two, three and four bytes. */
const letters = 'Zoë Ægir 山田 太郎 𝒳'

export const checks: readonly Check[] = checksOf(transportArea, [
  {
    id: 'keeps-unicode',
    level: 'MUST',
    says: 'Text outside of ASCII comes back from a create as it was sent.',
    requirements: ['R-001'],
    matters:
      'Entra and Okta send names in every script; a server that reads them in another encoding stores garbage.',
    mend: 'Read request bodies as UTF-8 and write answers as UTF-8, whatever the platform’s default is.',
    needs: ['write', 'users'],
    run: async stage => {
      const text = textOf(stage.users)
      const { body, answer } = await stage.create(stage.users, { [text]: letters })
      expectEqual(at(body, text), letters, text, answer)
    },
  },
  {
    id: 'keeps-unicode-when-read',
    level: 'MUST',
    says: 'Text outside of ASCII comes back from a later GET as it was sent.',
    requirements: ['R-001'],
    matters:
      'Clients compare what they read with what they sent, and update again and again where it differs.',
    mend: 'Use a Unicode column or store (utf8mb4 in MySQL) for every text.',
    needs: ['write', 'users'],
    run: async stage => {
      const text = textOf(stage.users)
      const { path, body } = await stage.create(stage.users, { [text]: letters })
      if (at(body, text) !== letters) skip('It is already changed in the answer to the create.')
      const answer = await stage.get(path)
      expectStatus(answer, 200)
      expectEqual(at(answer.body, text), letters, text, answer)
    },
  },
  {
    id: 'reads-escapes',
    level: 'MUST',
    says: 'JSON escapes (\\u00eb, surrogate pairs) mean the same as the letters themselves.',
    requirements: ['R-001'],
    matters: 'Clients on .NET and Python escape everything outside of ASCII.',
    mend: 'Read bodies with a complete JSON parser.',
    needs: ['write', 'users'],
    run: async stage => {
      const text = textOf(stage.users)
      const body = JSON.stringify(stage.sample(stage.users, { [text]: letters })).replace(
        /[\u0080-\uffff]/g,
        unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      const answer = await postedText(stage, body)
      expectStatus(answer, 201)
      expectEqual(at(answer.body, text), letters, text, answer)
    },
  },
])
