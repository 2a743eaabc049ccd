export declare const pageOf: ReadonlyMap<string, string>;
export declare function linkOnSite(href: string, page: string): string;
export declare function anchorOf(heading: string): string;
export declare function withSections(home: string, readme: string): string;
