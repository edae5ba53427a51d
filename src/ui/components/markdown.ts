import { escapeHidden } from './text.tsx'

export const markdownText = (written: string): string =>
  escapeHidden(written).replace(/[\\`*_{}[\]<>#|~&!]/g, character => `\\${character}`)
