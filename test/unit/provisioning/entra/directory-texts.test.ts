import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  DirectoryError,
  type DirectoryText,
  readDirectoryFiles,
  readDirectoryTexts,
} from '../../../../src/provisioning/kit/directory/read-directory.ts'

const json = (name: string, content: unknown): DirectoryText => ({ name, text: JSON.stringify(content) })
const anna = { id: '1', userPrincipalName: 'anna@x.example', displayName: 'Anna', accountEnabled: true }

const namesIn = async (...files: readonly DirectoryText[]) => {
  const { directory } = await readDirectoryTexts(files)
  return {
    users: directory.users.map(({ attributes }) => attributes.userPrincipalName),
    groups: directory.groups.map(({ attributes, members }) => [attributes.displayName, members.length]),
    assignments: directory.assignments.length,
  }
}

const errorsOf = async (...files: readonly DirectoryText[]): Promise<readonly string[]> => {
  try {
    await readDirectoryTexts(files)
    return []
  } catch (error) {
    if (error instanceof DirectoryError) return error.errors
    throw error
  }
}

t.test('files are recognized by their content, whatever their names', async t => {
  t.same(
    await namesIn(
      json('a.json', { value: [anna, { id: '2', displayName: 'Sales', members: [{ id: '1' }] }] }),
      { name: 'exportUsers_2026-3-1.csv', text: 'id,userPrincipalName\n3,bert@x.example\n' },
      { name: 'exportGroup.csv', text: '\ufeffid;displayName\n4;Support\n' },
      { name: 'joined.csv', text: 'group,member\nSupport,bert@x.example\nSales,bert@x.example\n' },
      { name: 'assignments.csv', text: 'principal\nSales\n' },
    ),
    {
      users: ['anna@x.example', 'bert@x.example'],
      groups: [
        ['Sales', 2],
        ['Support', 1],
      ],
      assignments: 1,
    },
  )
})

t.test('a text without a name of a type is JSON if it looks like it', async t => {
  t.same((await namesIn({ name: 'users', text: JSON.stringify([anna]) })).users, ['anna@x.example'])
  t.same(await namesIn(json('any.json', { users: [anna], groups: [], assignments: ['1'] })), {
    users: ['anna@x.example'],
    groups: [],
    assignments: 1,
  })
})

t.test('titles of the portal are properties, and missing ids are derived from names', async t => {
  const text =
    'User principal name,First name,Last name\nAnna@x.example,Anna,Berg\nbert@x.example,Bert,Berg\n'
  const { directory, warnings } = await readDirectoryTexts([{ name: 'users.csv', text }])
  t.match(directory.users, [
    { attributes: { userPrincipalName: 'Anna@x.example', givenName: 'Anna', surname: 'Berg' } },
    { attributes: { givenName: 'Bert' } },
  ])
  t.not(directory.users[0]?.objectId, directory.users[1]?.objectId)
  t.match(warnings, [/^users: 2 of them have no id/, /accountEnabled/])
})

t.test('errors name the file', async t => {
  t.same(await errorsOf({ name: 'x.csv', text: 'color\nred\n' }), [
    'x.csv: the first line must name the columns: userPrincipalName for users, displayName for groups, group and member for memberships.',
  ])
  t.match(await errorsOf({ name: 'x.json', text: '{' }), [/^x\.json: is not valid JSON/])
  t.same(await errorsOf(json('x.json', []), json('y.json', [])), ['x.json, y.json: no users and no groups.'])
})

t.test('the files of a folder are those with known names', async t => {
  const folder = t.testdir({ 'users.json': JSON.stringify([anna]), 'notes.json': '{}', 'read.me': '' })
  mkdirSync(join(folder, 'members'))
  writeFileSync(join(folder, 'members', 'Sales.json'), '[]')
  const { files, warnings } = await readDirectoryFiles(folder)
  t.same(
    files.map(({ name }) => name),
    ['members/Sales.json', 'users.json'],
  )
  t.same(warnings, ['notes.json: has an unknown name and was ignored.'])
  t.same((await readDirectoryFiles(join(folder, 'notes.json'))).files, [{ name: 'notes.json', text: '{}' }])
  await t.rejects(readDirectoryFiles(join(folder, 'gone.json')), DirectoryError)
  await t.rejects(readDirectoryFiles(t.testdir({ empty: {} })), DirectoryError)
})
