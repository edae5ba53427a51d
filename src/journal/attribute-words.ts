import { type AttributePath, pathText } from '../scim/attribute.ts'

/** `department`, `emails.value`: without the URN of an extension, which makes words unreadable. */
export const shortName = (path: AttributePath): string => {
  const named = path.filter(({ extension }) => !extension)
  return pathText(named.length > 0 ? named : path)
}

const most = 4

/** "title, nickName, locale, timezone and 3 more" */
export const shortList = (names: readonly string[]): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
