import type { Check } from '../../../check.ts'
import { expectThat, shown, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at, attributeOf, valuesAt } from '../../tools/attributes.ts'
import { postedSample } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { userArea } from './areas.ts'
import { userNameOf } from './user-name-of.ts'

const has = (stage: Stage, name: string): void => {
  if (attributeOf(stage.users, name) === undefined) skip(`Users have no ${name}.`)
}

const secret = 'c0rrect-Horse!battery'

export const checks: readonly Check[] = checksOf(userArea, [
  {
    id: 'password-hidden',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1',
    says: 'A password is accepted and never returned: not by the create, nor by reads, not even when attributes names it.',
    requirements: ['R-068', 'R-057', 'R-061'],
    matters: 'Everybody who may read users would learn their passwords.',
    mend: 'Keep a hash only, and leave password out of every answer.',
    run: async stage => {
      has(stage, 'password')
      const { path, answer } = await stage.create(stage.users, { password: secret })
      const reads = [await stage.get(path), await stage.get(`${path}?attributes=password`)]
      for (const one of [answer, ...reads])
        expectThat(
          at(one.body, 'password') === undefined && !one.text.includes(secret),
          'no password in the answer',
          shown(one.text),
          one,
        )
    },
  },
  {
    id: 'password-hidden-in-errors',
    level: 'MUST',
    source: 'RFC 7643 §4.1.1, §7',
    says: 'An error about a user doesn’t repeat the password.',
    requirements: ['R-057', 'R-068'],
    matters: 'Errors end in the identity provider’s logs.',
    mend: 'Name attributes in errors, not their values.',
    run: async stage => {
      has(stage, 'password')
      const { sent } = await stage.create(stage.users)
      const answer = await postedSample(stage, stage.users, { ...sent, password: secret })
      if (answer.status < 400) skip('The request isn’t refused.')
      expectThat(!answer.text.includes(secret), 'no password in the error', shown(answer.text), answer)
    },
  },
  {
    id: 'password-not-searched',
    level: 'SHOULD',
    source: 'RFC 7643 §4.1.1, RFC 7644 §7.5.2',
    says: 'A filter on a part of a password is refused, or finds nobody; equality may be tested (§4.1.1).',
    requirements: ['R-068', 'R-015'],
    matters: 'Passwords could be guessed letter by letter.',
    mend: 'Refuse filters on attributes that are never returned.',
    needs: ['filter'],
    run: async stage => {
      has(stage, 'password')
      const { id, sent } = await stage.create(stage.users, { password: secret })
      for (const filter of [`password co "${secret.slice(1, 5)}"`, 'password sw "c"']) {
        const narrow = `userName eq ${JSON.stringify(userNameOf({ sent }))} and ${filter}`
        const answer = await stage.get(`${stage.users.endpoint}?filter=${encodeURIComponent(narrow)}`)
        const found = valuesAt(answer.body, 'Resources').some(one => one.id === id)
        expectThat(
          answer.status < 500 && !found,
          `${filter} to be refused or to find nobody`,
          answer.status,
          answer,
        )
      }
    },
  },
])
