import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, skip } from '../../../expect.ts'
import { at, needWritable, valuesAt, writable } from '../../tools/attributes.ts'
import { made, postedSample } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { userArea } from './areas.ts'

const parts = ['honorificPrefix', 'givenName', 'middleName', 'familyName', 'honorificSuffix']

export const checks: readonly Check[] = checksOf(userArea, [
  {
    id: 'name-formatted',
    level: 'SHOULD',
    source: 'RFC 7643 §4.1.1',
    says: 'name.formatted agrees with the parts of the name when both are returned.',
    requirements: ['R-069'],
    matters: 'People are shown under a name they don’t have any more.',
    mend: 'Work name.formatted out of the parts, unless the client sends it.',
    run: async stage => {
      needWritable(stage.users, 'name', 'name.givenName', 'name.familyName')
      const name = { givenName: stage.unique('Given'), familyName: stage.unique('Family') }
      const answer = await made(stage, stage.users, stage.sample(stage.users, { name }))
      const formatted = at(answer.body, 'name', 'formatted')
      if (typeof formatted !== 'string') return skip('There is no name.formatted.')
      for (const part of parts) {
        const value = at(answer.body, 'name', part)
        if (typeof value === 'string')
          expectThat(formatted.includes(value), `${value} in name.formatted`, formatted, answer)
      }
    },
  },
  {
    id: 'email-domain',
    level: 'SHOULD',
    source: 'RFC 7643 §4.1.2, §2.4',
    says: 'The domain of an email address is returned in small letters.',
    requirements: ['R-070', 'R-038'],
    matters: 'The same address in two spellings is two addresses to those who compare.',
    mend: 'Lower what stands behind the @; leave what stands before it.',
    run: async stage => {
      writable(stage.users, 'emails')
      const answer = await postedSample(stage, stage.users, {
        emails: [{ value: `${stage.unique('Local')}@EXAMPLE.com`, type: 'work', primary: true }],
      })
      expectStatus(answer, 201)
      const value = at(valuesAt(answer.body, 'emails')[0], 'value')
      // Emails aren't caseExact, so a server may fold what stands before the @, too.
      expectThat(String(value).endsWith('@example.com'), 'an address at example.com', value, answer)
    },
  },
])
