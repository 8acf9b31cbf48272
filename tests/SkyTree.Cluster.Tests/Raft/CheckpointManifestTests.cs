using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>A manifest comes from another node: nothing in it is believed unseen.</summary>
public sealed class CheckpointManifestTests
{
    private static readonly CheckpointManifest Manifest = new()
    {
        NodeId = "node",
        Metadata = new Dictionary<string, string> { ["peer"] = "10.0.0.1:1234" },
        Index = 12,
        Term = 3,
        Files = [new CheckpointFile("000001.sst", 5_000_000_000), new CheckpointFile("CURRENT", 16)],
    };

    [Fact]
    public void It_comes_back_as_it_was()
    {
        CheckpointManifest read = CheckpointManifest.Parse(Manifest.ToBytes());
        Assert.Equal((Manifest.NodeId, Manifest.Index, Manifest.Term), (read.NodeId, read.Index, read.Term));
        Assert.Equal(Manifest.Metadata, read.Metadata);
        Assert.Equal(Manifest.Files, read.Files);
    }

    [Theory]
    [InlineData("../members")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\b")]
    public void A_file_outside_the_folder_is_refused(string name)
    {
        byte[] bytes = (Manifest with { Files = [new CheckpointFile(name, 1)] }).ToBytes();
        Assert.Throws<InvalidDataException>(() => CheckpointManifest.Parse(bytes));
    }

    [Fact]
    public void One_that_is_cut_short_or_of_another_format_is_refused()
    {
        byte[] bytes = Manifest.ToBytes();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => CheckpointManifest.Parse(bytes[..length]));
        }

        bytes[0]++;
        Assert.Throws<InvalidDataException>(() => CheckpointManifest.Parse(bytes));
    }
}
