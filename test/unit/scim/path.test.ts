import t from 'tap'
import { profileNamed } from '../../../src/profiles/index.ts'
import { pathText } from '../../../src/scim/attribute.ts'
import { userType } from '../../../src/scim/core-types.ts'
import { parsePath } from '../../../src/scim/path.ts'
import { strictReads } from '../../support/reads.ts'
import { enterpriseUrn, userUrn } from '../../support/samples.ts'

const entra = profileNamed('entra')

const limits = { filterLength: 1000, filterDepth: 10 }
const read = (text: string, reads = strictReads) => {
  const target = parsePath(text, userType, reads, limits)
  return (
    target && {
      path: pathText(target.path),
      where: target.where?.kind,
      sub: target.sub?.name,
      text: target.text,
    }
  )
}
const named = (path: string, where?: string, sub?: string) => ({ path, where, sub })

const forms = new Map([
  ['title', named('title')],
  ['name.givenName', named('name.givenName')],
  ['emails.value', named('emails.value')],
  ['emails[type eq "work"]', named('emails', 'compare')],
  ['emails[type eq "work" and primary eq true].value', named('emails', 'and', 'value')],
  [`${userUrn}:userName`, named('userName')],
  [`${userUrn}:name.givenName`, named('name.givenName')],
  [`${userUrn}:emails[type eq "work"]`, named('emails', 'compare')],
  [`${userUrn}:emails[type eq "work"].value`, named('emails', 'compare', 'value')],
  [enterpriseUrn, named(enterpriseUrn)],
  [`${enterpriseUrn}:department`, named(`${enterpriseUrn}:department`)],
  [`${enterpriseUrn}:manager.value`, named(`${enterpriseUrn}:manager.value`)],
  [`${enterpriseUrn}:manager[value eq "1"]`, named(`${enterpriseUrn}:manager`, 'compare')],
])

t.test('R-170: every form of a path names what it says, in any case and with blanks around it', async t => {
  for (const [text, expected] of forms) {
    t.same(read(text), { ...expected, text })
    t.same(read(text.toUpperCase().replaceAll('TRUE', 'true')), {
      ...expected,
      text: text.toUpperCase().replaceAll('TRUE', 'true'),
    })
    t.same(read(` ${text} `), { ...expected, text: ` ${text} ` })
  }
})

t.test('R-170: a bracket in a quoted text does not end the filter', async t => {
  t.same(read('emails[value eq "a]\\"]b"].type'), {
    ...named('emails', 'compare', 'type'),
    text: 'emails[value eq "a]\\"]b"].type',
  })
})

t.test('R-170: a name that no schema has is no target', async t => {
  for (const text of [
    'shoeSize',
    'name.size',
    'emails[type eq "work"].size',
    'urn:x:y:title',
    `${userUrn}:size`,
  ]) {
    t.equal(read(text), undefined, text)
  }
})

t.test("Entra's short path `manager` names the enterprise manager", async t => {
  t.match(read('manager', entra.reads), { path: `${enterpriseUrn}:manager` })
  t.match(read('manager[value eq "1"]', entra.reads), { path: `${enterpriseUrn}:manager`, where: 'compare' })
})
