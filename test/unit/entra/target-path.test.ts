import t from 'tap'
import { MappingError } from '../../../src/entra/mapping/fields.ts'
import { parseTargetPath } from '../../../src/entra/mapping/mapping.ts'
import { enterpriseUrn } from '../../support/entra.ts'

t.test('all forms of target attributes are parsed', async t => {
  const parts = (text: string) => {
    const { text: _text, isBoolean, ...rest } = parseTargetPath(text)
    return isBoolean ? { ...rest, isBoolean } : rest
  }
  t.same(parts('userName'), { attribute: 'userName' })
  t.same(parts('active'), { attribute: 'active', isBoolean: true })
  t.same(parts('ACTIVE'), { attribute: 'ACTIVE', isBoolean: true })
  t.same(parts('name.givenName'), { attribute: 'name', sub: 'givenName' })
  t.same(parts('emails[type eq "work"].value'), {
    attribute: 'emails',
    filter: { attribute: 'type', value: 'work' },
    sub: 'value',
  })
  t.same(parts('emails[type EQ "other home"]'), {
    attribute: 'emails',
    filter: { attribute: 'type', value: 'other home' },
  })
  t.same(parts('roles[primary eq true].primary'), {
    attribute: 'roles',
    filter: { attribute: 'primary', value: 'true' },
    sub: 'primary',
    isBoolean: true,
  })
  t.same(parts(`${enterpriseUrn}:department`), { extension: enterpriseUrn, attribute: 'department' })
  t.same(parts(`${enterpriseUrn}:manager.value`), {
    extension: enterpriseUrn,
    attribute: 'manager',
    sub: 'value',
  })
  t.same(parts('urn:ietf:params:scim:schemas:core:2.0:User:active'), { attribute: 'active', isBoolean: true })
  t.same(parts('urn:example:shoe:size'), { extension: 'urn:example:shoe', attribute: 'size' })
  t.same(parts('urn:example:2.0:User:shoes[type eq "left"].size'), {
    extension: 'urn:example:2.0:User',
    attribute: 'shoes',
    filter: { attribute: 'type', value: 'left' },
    sub: 'size',
  })
})

t.test('invalid target attributes are rejected', async t => {
  for (const text of [
    '',
    'a b',
    'a.b.c',
    'emails[type eq "work"',
    'emails[type ne "x"].value',
    'emails[].value',
    'urn:',
    '1st',
    'urn:x:',
  ]) {
    t.throws(() => parseTargetPath(text), MappingError, text)
  }
})
