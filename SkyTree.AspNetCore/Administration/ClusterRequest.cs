namespace SkyTree.AspNetCore.Administration;

/// <summary>What is asked of a node of a cluster.</summary>
/// <param name="Verb">One of <see cref="Verbs"/>.</param>
/// <param name="Argument">What it concerns; empty if nothing.</param>
/// <param name="IsJson">Whether the answer is for a program.</param>
internal sealed record ClusterRequest(string Verb, string Argument, bool IsJson = false)
{
    public const string Status = "status";

    public const string Add = "add";

    public const string Remove = "remove";

    public const string Leave = "leave";

    public const string Lead = "lead";

    public const string Drain = "drain";

    public const string Undrain = "undrain";

    private static readonly string[] s_verbs = [Status, Add, Remove, Leave, Lead, Drain, Undrain];

    /// <summary>What may be asked.</summary>
    public static IReadOnlyList<string> Verbs => s_verbs;

    /// <summary>Takes it off the arguments behind <c>cluster</c>.</summary>
    /// <returns>It, null if it is none, and the index of the first option.</returns>
    public static (ClusterRequest? Request, int Next) Take(IReadOnlyList<string> arguments, List<string> errors)
    {
        if (arguments.Any(argument => argument is "--help" or "-h"))
        {
            return (null, arguments.Count - 1);
        }

        string verb = arguments.ElementAtOrDefault(1) ?? "";
        if (!s_verbs.Contains(verb))
        {
            errors.Add($"cluster: one of {string.Join(", ", s_verbs)} must follow, not '{verb}'");
            return (null, arguments.Count);
        }

        string argument = arguments.ElementAtOrDefault(2) is { } next && !next.StartsWith('-') ? next : "";
        if (verb is Add or Remove ? argument.Length == 0 : argument.Length > 0 && verb != Drain)
        {
            errors.Add(argument.Length == 0 ? $"cluster {verb}: the node's address and log port are needed: cluster {verb} ADDRESS:PORT" : $"cluster {verb}: takes no '{argument}'");
        }
        else if (verb == Drain && argument.Length > 0 && (!int.TryParse(argument, out int rate) || rate is < 1 or > 1_000_000))
        {
            errors.Add($"cluster drain: '{argument}' is not a number of clients per second, 1 to 1000000");
        }

        return (new ClusterRequest(verb, argument), argument.Length > 0 ? 3 : 2);
    }
}
