import t from 'tap'
import { releaseNotes } from '../../scripts/release/notes.ts'

const changelog = `# Changelog

## [Unreleased]

- Not yet.

## [1.1.0] - 2026-11-26

### Added

- A console.

## [1.1.0-rc.1] - 2026-11-20

- A candidate.
`

t.test('the notes of a release are its section of the changelog', async t => {
  t.equal(releaseNotes({ tag: 'v1.1.0', version: '1.1.0', changelog }), '### Added\n\n- A console.')
  t.equal(releaseNotes({ tag: 'v1.1.0-rc.1', version: '1.1.0-rc.1', changelog }), '- A candidate.')
})

t.test('a tag of another version, or without a section, is rejected with a fix', async t => {
  t.throws(() => releaseNotes({ tag: 'v1.2.0', version: '1.1.0', changelog }), {
    message:
      'The tag "v1.2.0" does not name the version in package.json: expected v1.1.0. Set the version with `npm version --no-git-tag-version`, or correct the tag.',
  })
  t.throws(() => releaseNotes({ tag: 'v1.2.0', version: '1.2.0', changelog }), {
    message:
      'CHANGELOG.md has no text under "## [1.2.0]": move the lines of [Unreleased] there, with the date.',
  })
})
