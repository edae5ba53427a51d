import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import t from 'tap'
import {
  type ExportSource,
  filesOf,
  type ImportLimits,
  importLimits,
} from '../../../../src/traffic/aws-directory/archive.ts'
import { ImportError } from '../../../../src/traffic/aws-directory/directory.ts'
import { tarOf, zipOf } from '../../../support/aws-export.ts'
import { folderOf } from '../../../support/entra-files.ts'

const limitsWith = (changes: Partial<ImportLimits>) => ({ ...importLimits, ...changes })
const text = (content: string) => Buffer.from(content)

/** The contents of the files by name, and the names of those that were ignored. */
async function read(source: ExportSource, limits = importLimits) {
  const files: [string, string][] = []
  const ignored: string[] = []
  for await (const { name, bytes } of filesOf(source, limits, name => ignored.push(name)))
    files.push([name, Buffer.from(bytes).toString()])
  return { files, ignored }
}

const mistakeIn = (source: ExportSource, limits = importLimits): Promise<string> =>
  read(source, limits).then(
    () => 'nothing',
    error => {
      if (error instanceof ImportError) return error.message
      throw error
    },
  )

const archive = (bytes: Uint8Array, name = 'export.zip') => ({ name, bytes })
const zipped = (entry: Partial<Parameters<typeof zipOf>[0][number]>) =>
  archive(zipOf([{ name: 'users.json', bytes: text('{}'), ...entry }]))
const tarred = (entry: Parameters<typeof tarOf>[0][number]) => archive(tarOf([entry]))

const content = {
  'groups.json': '{"Groups":[]}',
  'memberships/a.json': '{"GroupMemberships":[]}',
  'users.json': '{"Users":[]}',
}

t.test('JSON files of a folder are read in the order of their names', async t => {
  const folder = await folderOf(t, {
    ...content,
    'B.JSON': '1',
    'README.md': 'x',
    '.hidden.json': '2',
    '.git/config.json': '3',
    '__MACOSX/users.json': '4',
  })
  t.strictSame(await read({ folder }), {
    files: [['B.JSON', '1'], ...Object.entries(content)],
    ignored: ['README.md'],
  })
})

t.test('links in a folder are not followed', async t => {
  const folder = await folderOf(t, { 'users.json': '{}' })
  symlinkSync('/etc/hostname', join(folder, 'groups.json'))
  symlinkSync('..', join(folder, 'loop'))
  mkdirSync(join(folder, 'memberships'))
  symlinkSync('..', join(folder, 'memberships', 'loop.json'))
  t.strictSame(await read({ folder }), {
    files: [['users.json', '{}']],
    ignored: ['groups.json', 'loop', 'memberships/loop.json'],
  })
})

t.test('a folder that does not exist, and a file that is too large, are named', async t => {
  t.equal(await mistakeIn({ folder: '/nonexistent' }), "The folder can't be read (ENOENT).")
  const folder = await folderOf(t, { 'a/users.json': '{"Users":[]}' })
  t.equal(
    await mistakeIn({ folder }, limitsWith({ file: 8 })),
    'a/users.json: The file is larger than 256 MiB.',
  )
  t.equal(await mistakeIn({ folder }, limitsWith({ total: 8 })), 'The folder has more than 2 GiB.')
})

t.test('a single JSON file is read', async t => {
  const source = { name: 'users.json', bytes: text('An error occurred') }
  t.strictSame(await read(source), { files: [['users.json', 'An error occurred']], ignored: [] })
  t.strictSame((await read({ name: 'users.txt', bytes: text('\ufeff\n {}') })).files, [
    ['users.txt', '\ufeff\n {}'],
  ])
  t.equal(
    await mistakeIn({ name: 'users.txt', bytes: text('USERS\tned') }),
    'This is no zip, tar or tar.gz file, and no JSON.',
  )
})

for (const format of ['pax', 'gnu', 'ustar'])
  for (const compressed of [true, false])
    t.test(`what tar writes as ${format}, ${compressed ? 'compressed' : 'plain'}, is read`, async t => {
      const long = `${'folder/'.repeat(14)}memberships/6428e408-2031-70bc-8a04-b7da9bc12f13.json`
      const folder = await folderOf(t, { ...content, [long]: '"long"', 'notes.txt': 'x'.repeat(2000) })
      const bytes = execFileSync(
        'tar',
        [compressed ? '-czf' : '-cf', '-', `--format=${format}`, '--sort=name', '.'],
        {
          cwd: folder,
        },
      )
      const { files, ignored } = await read(archive(bytes, 'export.tar.gz'))
      t.strictSame(new Map(files), new Map([...Object.entries(content), [long, '"long"']]))
      t.strictSame(ignored, ['notes.txt'])
    })

t.test('what Python writes as zip is read', async t => {
  const files = Object.fromEntries(Object.entries(content).map(([name, text]) => [`export/${name}`, text]))
  const folder = await folderOf(t, { ...files, 'export/notes.txt': 'x' })
  const script = 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[1])'
  execFileSync('python3', ['-c', script, join(folder, 'export')])
  const { files: unpacked, ignored } = await read(archive(await readFile(join(folder, 'export.zip'))))
  t.strictSame(new Map(unpacked), new Map(Object.entries(content)))
  t.strictSame(ignored, ['notes.txt'])
})

t.test('files of a zip are read with and without compression', async t => {
  const entries = Object.entries(content).map(([name, content], at) => ({
    name: name.replace('/', '\\'),
    bytes: text(content),
    method: at % 2 === 0 ? 8 : 0,
  }))
  const folder = { name: 'memberships/', bytes: text('') }
  t.strictSame((await read(archive(zipOf([folder, ...entries])))).files, Object.entries(content))
  t.strictSame(await read(archive(zipOf([]))), { files: [], ignored: [] })
})

const outside = [
  '/users.json',
  '../users.json',
  'a/../../users.json',
  'C:\\users.json',
  '..\\users.json',
  'a\0.json',
]

t.test('paths outside of the archive are refused', async t => {
  for (const name of outside) {
    const message = `The archive contains a path outside of it (${name.replace('\0', '\ufffd')}).`
    t.equal(await mistakeIn(zipped({ name })), message)
    if (!name.includes('\0')) t.equal(await mistakeIn(tarred({ name })), message)
  }
})

t.test('links, devices and encrypted files are refused', async t => {
  t.equal(await mistakeIn(zipped({ mode: 0o120777 })), 'The archive contains a link (users.json).')
  for (const kind of ['1', '2'])
    t.equal(
      await mistakeIn(tarred({ name: 'users.json', kind })),
      'The archive contains a link (users.json).',
    )
  for (const kind of ['3', '4', '6', 'S'])
    t.equal(
      await mistakeIn(tarred({ name: 'users.json', kind })),
      'The archive contains users.json, which is neither a file nor a folder.',
    )
  t.equal(await mistakeIn(zipped({ flags: 1 })), 'The archive is encrypted.')
  t.equal(
    await mistakeIn(zipped({ method: 14 })),
    'The archive compresses users.json by a method other than Deflate (14).',
  )
})

t.test('damage is found', async t => {
  const wrong = 'The archive is damaged: users.json has another checksum or size than stated.'
  t.equal(await mistakeIn(zipped({ checksum: 1 })), wrong)
  t.equal(await mistakeIn(zipped({ size: 3 })), wrong)
  const whole = zipOf([{ name: 'users.json', bytes: text('{}') }])
  t.equal(
    await mistakeIn(archive(whole.subarray(0, -1))),
    'The archive is damaged: its directory is missing. It may be cut off.',
  )
  const unpackable = Buffer.from(whole)
  unpackable[40] = 0xff
  t.equal(await mistakeIn(archive(unpackable)), "The archive is damaged: users.json can't be unpacked.")
  const elsewhere = Buffer.from(whole)
  elsewhere[1] = 0
  elsewhere[0] = 0x50
  t.equal(
    await mistakeIn({ name: 'x', bytes: Buffer.concat([text('PK'), elsewhere]) }),
    'The archive is damaged: its directory has other files than stated.',
  )
  const zip64 = Buffer.from(whole)
  zip64.writeUInt16LE(0xffff, zip64.length - 12)
  t.equal(await mistakeIn(archive(zip64)), 'The archive is a ZIP64 file. Pack it as tar.gz.')

  const tar = tarOf([{ name: 'users.json', bytes: text('{}') }])
  t.equal(await mistakeIn(archive(tar.subarray(0, 1024))), 'The archive is damaged: it is cut off.')
  t.equal(
    await mistakeIn(archive(gzipSync(tar).subarray(0, -9))),
    "The archive is damaged: it can't be unpacked. It may be cut off.",
  )
  const flipped = Buffer.from(tar)
  flipped[0] = 0x56
  t.equal(
    await mistakeIn(archive(flipped)),
    'The archive is damaged: the header of a file has another checksum.',
  )
  t.equal(
    await mistakeIn(archive(gzipSync('{'.repeat(512)))),
    'This is a gzip file without a tar file. Pack the folder as tar.gz.',
  )
})

t.test('no archive that is cut or changed is read as another one', async t => {
  const entries = Object.entries(content).map(([name, content]) => ({
    name,
    bytes: text(content.repeat(20)),
  }))
  const tar = tarOf(entries)
  const whole = await read(archive(tar))
  for (const bytes of [zipOf(entries), gzipSync(tar)]) {
    for (let at = 4; at < bytes.length; at += 3) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      for (const damaged of [bytes.subarray(0, at), changed]) {
        const result = await read(archive(damaged)).catch(error => {
          if (error instanceof ImportError) return undefined
          throw error
        })
        // A name, a time or a comment may have changed.
        if (result && result.files.length + result.ignored.length !== whole.files.length)
          t.fail(`Byte ${at} changed what was read: ${JSON.stringify(result)}`)
        for (const [, content] of result?.files ?? [])
          if (!entries.some(({ bytes }) => bytes.equals(Buffer.from(content))))
            t.fail(`Byte ${at} changed the content of a file.`)
      }
    }
  }
})

t.test('what unpacks to too much is refused before it is unpacked', async t => {
  const bomb = Buffer.alloc(8 * 1024 * 1024)
  const packed = deflateRawSync(bomb)
  t.ok(packed.length < 10_000, 'it is small')
  const limits = limitsWith({ file: 1024 * 1024 })
  t.equal(
    await mistakeIn(zipped({ bytes: bomb }), limits),
    'users.json: The file unpacks to more than 256 MiB.',
  )
  const tar = gzipSync(tarOf([{ name: 'users.json', bytes: bomb }]))
  t.equal(await mistakeIn(archive(tar), limits), 'users.json: The file unpacks to more than 256 MiB.')
  const hidden = gzipSync(tarOf([{ name: 'notes.txt', bytes: bomb }]))
  t.equal(
    await mistakeIn(archive(hidden), limitsWith({ total: 1024 * 1024 })),
    'The archive unpacks to more than 2 GiB.',
  )
  const many = zipOf(Array.from({ length: 6 }, (_, at) => ({ name: `${at}.json`, bytes: text('[1]') })))
  t.equal(await mistakeIn(archive(many), limitsWith({ files: 5 })), 'The archive has more than 5 files.')
  t.equal(
    await mistakeIn(archive(many), limitsWith({ total: 17 })),
    'The archive unpacks to more than 2 GiB.',
  )
})

t.test('names in messages have no control characters', async t => {
  t.strictSame((await read(zipped({ name: '\u001b[31musers.json' }))).files, [['\ufffd[31musers.json', '{}']])
  t.equal(
    await mistakeIn(zipped({ name: '\u202e/users.json', mode: 0o120777 })),
    'The archive contains a link (\ufffd/users.json).',
  )
})
