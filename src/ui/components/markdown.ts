import { escapeHidden } from './text.tsx'

/** Text on one line that Markdown and HTML don't interpret. */
export const markdownText = (written: string): string =>
  escapeHidden(written).replace(/[\\`*_{}[\]<>#|~&!]/g, character => `\\${character}`)
