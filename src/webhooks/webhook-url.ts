const mistake = 'has to be URLs that begin with http:// or https://, separated by blanks'

/** The URLs in the text of the setting. Throws an Error that doesn't repeat them, for they may hold secrets. */
export function readWebhookUrls(text: string): readonly string[] {
  const urls = text.split(/\s+/).filter(Boolean)
  for (const [index, url] of urls.entries()) {
    const read = URL.parse(url)
    if (read?.protocol !== 'http:' && read?.protocol !== 'https:') {
      throw new Error(urls.length === 1 ? mistake : `${mistake}; number ${index + 1} is not one`)
    }
    if (read.username !== '' || read.password !== '') {
      throw new Error("has to be URLs without a user's name and password")
    }
  }
  return [...new Set(urls)]
}

/** A URL that may be shown: whoever knows what is behind the host may post there. */
export function maskedUrl(url: string): string {
  const read = URL.parse(url)
  if (!read) return '…'
  return `${read.origin}/${read.pathname === '/' && read.search === '' ? '' : '…'}`
}
