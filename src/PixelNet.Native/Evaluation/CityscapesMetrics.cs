namespace PixelNet.Native.Evaluation;

/// <summary>
/// The scores of the official Cityscapes evaluation (cityscapesScripts 2.2.4, pixel-level semantic labelling), from one confusion matrix M and one
/// instance tally summed over all images. E: the evaluated labels; C: those of a category.
/// <code>
/// class      IoU  = TP / (TP + FP + FN)       TP = M[i,i]            FN = row i over all columns - TP        FP = column i over the rows of E but i
/// class     iIoU  = iTP / (iTP + FP + iFN)    iTP, iFN: pixels of the instances of i, right and wrong, each times average size / own size; FP as above
/// category   IoU                              TP = M[C in E, C in E] FN = rows C in E, all columns, - TP     FP = M[E outside C, C in E]
/// category  iIoU                              iTP: instance pixels predicted as any label of C               FP = M[E outside C, all of C]
/// </code>
/// Hence a prediction of an ignored label on a valid pixel is a miss, and a prediction on ignored ground truth costs nothing; a denominator of 0 is NaN and left
/// out of means. Only categories all of whose labels have instances get an iIoU. The same rules serve data sets without categories and instances.
/// </summary>
public static class CityscapesMetrics
{
    /// <summary>Computes all scores.</summary>
    /// <param name="labels">The label table, by id.</param>
    /// <param name="matrix">M, of as many labels.</param>
    /// <param name="instances">Null: the instance-weighted scores are NaN.</param>
    /// <param name="uncounted">Pixels that are in no row of M; they count in the priors alone.</param>
    public static SegmentationScores Compute(IReadOnlyList<ScoredLabel> labels, ConfusionMatrix matrix, InstanceTally? instances, long uncounted = 0)
    {
        if (matrix.Size != labels.Count) throw new ArgumentException($"a matrix of {matrix.Size} labels for a table of {labels.Count}", nameof(matrix));
        int[] all = [.. Enumerable.Range(0, labels.Count)], evaluated = [.. all.Where(id => labels[id].IsEvaluated)];
        string[] categories = [.. labels.Select(label => label.Category).OfType<string>().Distinct()];
        double[] classIou = [.. all.Select(ClassIou)];
        double[] correct = [.. evaluated.Select(id => (double)matrix[id, id])], pixels = [.. evaluated.Select(id => (double)matrix.RowSum(id))];
        double valid = pixels.Sum(), total = matrix.Total + uncounted;
        return new SegmentationScores
        {
            Labels = labels,
            Confusion = matrix,
            Categories = categories,
            ClassIou = classIou,
            ClassInstanceIou = [.. all.Select(ClassInstanceIou)],
            CategoryIou = [.. categories.Select(CategoryIou)],
            CategoryInstanceIou = [.. categories.Select(CategoryInstanceIou)],
            HasInstances = instances is not null,
            Priors = [.. all.Select(id => matrix.RowSum(id) / total)],
            PixelAccuracy = correct.Sum() / valid,
            MeanAccuracy = Mean([.. correct.Zip(pixels, (hits, count) => hits / count)]),
            FrequencyWeightedIou = valid == 0 ? double.NaN : evaluated.Zip(pixels, (id, count) => count == 0 ? 0 : count / valid * classIou[id]).Sum(),
        };

        double ClassIou(int id)
        {
            if (!labels[id].IsEvaluated) return double.NaN;
            double hits = matrix[id, id];
            return hits / (matrix.RowSum(id) + FalseOfClass(id));
        }

        double ClassInstanceIou(int id)
        {
            if (instances is null || !labels[id].IsScoredByInstance) return double.NaN;
            var (hits, misses) = instances.OfLabel(id);
            return hits / (hits + misses + FalseOfClass(id));
        }

        double CategoryIou(string category)
        {
            int[] inside = [.. evaluated.Where(id => labels[id].Category == category)];
            double hits = matrix.Sum(inside, inside);
            return hits / (matrix.Sum(inside, all) + matrix.Sum(evaluated.Except(inside), inside));
        }

        double CategoryInstanceIou(string category)
        {
            int[] inside = [.. all.Where(id => labels[id].Category == category)];
            if (instances is null || !inside.All(id => labels[id].HasInstances)) return double.NaN;
            var (hits, misses) = instances.OfCategory(category);
            return hits / (hits + misses + matrix.Sum(evaluated.Except(inside), inside));
        }

        long FalseOfClass(int id) => matrix.Sum(evaluated.Where(row => row != id), [id]);
    }

    /// <summary>The mean of the entries that are numbers; NaN if there is none.</summary>
    public static double Mean(IReadOnlyList<double> scores)
    {
        double[] numbers = [.. scores.Where(score => !double.IsNaN(score))];
        return numbers.Length == 0 ? double.NaN : numbers.Sum() / numbers.Length;
    }
}
