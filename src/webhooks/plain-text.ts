const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Invisible, and no space: keeps what stands on its two sides from being read as one token. */
const wordJoiner = '\u2060'

/**
 * A sentence that quotes clients, such that chat programs show it and do nothing else: no markup, link, mention or line of
 * its own. Slack, Teams and their like read entities for `&`, `<` and `>` in the text of a message.
 */
export const plainText = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/[&<>]/g, character => entities[character] ?? '')
    .replaceAll('://', `:${wordJoiner}//`)
    .replaceAll('](', `]${wordJoiner}(`)
    .replace(/\bwww\./gi, found => `${found.slice(0, -1)}${wordJoiner}.`)
    // But for the letter before it, chat programs take it for a mention; addresses stay as they are.
    .replace(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, `@${wordJoiner}`)
