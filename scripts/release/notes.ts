type Release = {
  /** The Git tag: `v` and the version. */
  readonly tag: string
  /** The version in package.json. */
  readonly version: string
  /** The text of CHANGELOG.md, in the form of Keep a Changelog. */
  readonly changelog: string
}

/** Returns the changelog section of a release without its heading. Throws if the changelog is not ready for the tag. */
export function releaseNotes({ tag, version, changelog }: Release): string {
  if (tag !== `v${version}`) {
    throw new Error(
      `The tag "${tag}" does not name the version in package.json: expected v${version}. Set the version with \`npm version --no-git-tag-version\`, or correct the tag.`,
    )
  }
  const sections = changelog.split(/^(?=## )/m)
  const section = sections.find(text => text.startsWith(`## [${version}]`))
  const notes = section?.replace(/^.*\n/, '').trim() ?? ''
  if (notes === '') {
    throw new Error(
      `CHANGELOG.md has no text under "## [${version}]": move the lines of [Unreleased] there, with the date.`,
    )
  }
  return notes
}
