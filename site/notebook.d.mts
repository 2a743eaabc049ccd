export function markdownOf(text: string): string;
