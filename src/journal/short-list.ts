const most = 4

/** "title, nickName, locale, timezone and 3 more" */
export const shortList = (names: readonly string[]): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
