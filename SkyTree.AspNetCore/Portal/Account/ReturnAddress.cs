namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Where to go after signing in: an address of the portal alone.</summary>
internal static class ReturnAddress
{
    public static string Of(string? asked, PathString pathBase) =>
        asked is ['/', ..] and not ['/', '/' or '\\', ..]
            && !asked.Any(char.IsControl)
            && new PathString(asked.Split('?', '#')[0]).StartsWithSegments(pathBase, out PathString rest)
            && !rest.StartsWithSegments("/login") ? asked : pathBase.Add("/");
}
