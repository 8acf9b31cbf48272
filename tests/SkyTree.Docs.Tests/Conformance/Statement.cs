namespace SkyTree.Docs.Tests.Conformance;

/// <summary>A normative statement of MQTT 5.0.</summary>
/// <param name="Id">As in the standard's appendix B, <c>MQTT-3.1.0-2</c>.</param>
/// <param name="Binds">server, client or both.</param>
/// <param name="Text">What it says, in short.</param>
internal sealed record Statement(string Id, string Binds, string Text)
{
    /// <summary>All, in the standard's order.</summary>
    public static IReadOnlyList<Statement> All { get; } =
    [
        .. from line in File.ReadLines(Repository.PathOf("tests/SkyTree.Broker.Tests/Conformance/Statements.txt"))
           where line.Length > 0 && line[0] != '#'
           let parts = line.Split('\t')
           select new Statement(parts[0], parts[1], parts[2]),
    ];

    /// <summary>Whether a broker has to heed it.</summary>
    public bool BindsServer => Binds != "client";
}
