using System.Text.Json;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>Scopes as texts: <c>sessions:read</c>, <c>apiKeys:write</c>; to change includes to look.</summary>
public static class AdminScopes
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Enum.GetValues<AdminArea>().SelectMany(area => Enum.GetValues<AdminAccess>().Select(access => Format(area, access)))];

    /// <summary>A scope as a text.</summary>
    /// <param name="area">What it is about.</param>
    /// <param name="access">Whether it looks or changes.</param>
    public static string Format(AdminArea area, AdminAccess access) =>
        $"{JsonNamingPolicy.CamelCase.ConvertName(area.ToString())}:{(access == AdminAccess.Read ? "read" : "write")}";

    /// <summary>Reads a scope.</summary>
    /// <param name="text">The text; capitals do not matter.</param>
    /// <param name="scope">The scope, when true is returned.</param>
    public static bool TryParse(string? text, out (AdminArea Area, AdminAccess Access) scope)
    {
        scope = default;
        return text?.Split(':') is [{ Length: > 0 } area, { Length: > 0 } access]
            && area.All(char.IsAsciiLetter) && access.All(char.IsAsciiLetter)
            && Enum.TryParse(area, ignoreCase: true, out scope.Area)
            && Enum.TryParse(access, ignoreCase: true, out scope.Access);
    }
}
